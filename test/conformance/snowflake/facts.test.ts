import { afterAll, beforeAll, describe } from 'vitest';
import { quoted } from '../../contract/snowflake/account.ts';
import type { Client } from '../../warehouses/snowflake/client.ts';
import { databaseFacts } from './facts/databases.ts';
import { requestFacts } from './facts/requests.ts';
import { tableFacts } from './facts/tables.ts';
import { running } from './run.ts';

const found = await running();

/** What lastgreen's way of working stands on and no documentation promises in so many words. */
describe('what the documentation leaves open', () => {
  const schema = `${quoted(found.database)}."${found.prefix} facts"`;
  let guest: Client;
  beforeAll(async () => {
    guest = await found.guest();
    await guest.ask(`create schema ${schema}`);
  });
  afterAll(() => guest.close());

  const ground = { ask: (sql: string, id?: string) => guest.ask(sql, id), schema, ...found };
  tableFacts(ground);
  requestFacts(ground);
  if (found.databases) databaseFacts(ground);
});
