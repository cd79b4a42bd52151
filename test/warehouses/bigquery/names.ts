/** What the test server knows from its start (engine/world.py). */
export const PROJECT = 'lastgreen-test';
/** The bearer token of the owner of all. */
export const OWNER_TOKEN = 'fake';
/** Who that is. */
export const OWNER = 'owner@lastgreen.test';
