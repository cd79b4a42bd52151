import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { adoptsIt } from './bigquery-production/adopting.suite.ts';
import { type Ground, makeGround } from './bigquery-production/ground.ts';
import { releasesIt } from './bigquery-production/releasing.suite.ts';

// dbt starts many times, and other tests run beside it.
const patience = 300_000;

let ground: Ground;
beforeAll(async () => {
  ground = await makeGround();
}, patience);
afterAll(() => ground[Symbol.asyncDispose](), patience);
afterEach(() => ground.server.control.clearRules());

describe('a production that plain dbt built', { timeout: patience }, () => {
  adoptsIt(() => ground);
  releasesIt(() => ground);
});
