/** What the test server knows from its start (engine/world.py). */
export const ACCOUNT = 'testaccount';
/** Has been granted ACCOUNTADMIN; its default role is SYSADMIN. */
export const USER = 'fake';
/** One that is always there. */
export const WAREHOUSE = 'WH';
