import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';
import { connected } from './snowflake-server/client.ts';
import { names } from './snowflake-server/names.suite.ts';
import { rights } from './snowflake-server/rights.suite.ts';
import { time } from './snowflake-server/time.suite.ts';
import { wire } from './snowflake-server/wire.suite.ts';

let running: SnowflakeServer;
beforeAll(async () => {
  running = await startSnowflake();
});
afterAll(() => running.stop());

describe('a Snowflake of one’s own', () => {
  const server = (): SnowflakeServer => running;
  names(server);
  rights(server);
  time(server);
  wire(server);

  it('knows every statement that it has run', async () => {
    await using client = await connected(running);
    await client.run(`select 'to be listed' as v`);
    const last = (await running.control.statements()).at(-1);
    expect(last).toMatchObject({ sql: `select 'to be listed' as v`, status: 'SUCCESS', user: 'FAKE', parent: null });
  });
});
