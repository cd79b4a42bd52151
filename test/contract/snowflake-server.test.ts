import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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

  it('ends with whoever started it, however that went', async () => {
    const script = fileURLToPath(new URL('snowflake-server/orphan.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(parent.stdout), 'line');
    const { url } = JSON.parse(String(line));
    parent.kill('SIGKILL');
    await expect.poll(() => fetch(url).then(String, () => 'gone'), { timeout: 10_000 }).toBe('gone');
  });

  it('knows which statements no Snowflake would read', async () => {
    await using client = await connected(running);
    await expect(client.rows('select ) from nothing')).rejects.toThrow('syntax error');
    const unreadable = await running.control.unreadableStatements();
    expect(unreadable.map((one) => one.sql)).toContain('select ) from nothing');
    expect(unreadable.map((one) => one.sql)).not.toContain('select 1');
  });

  it('knows every statement that it has run', async () => {
    await using client = await connected(running);
    await client.run(`select 'to be listed' as v`);
    const last = (await running.control.statements()).at(-1);
    expect(last).toMatchObject({ sql: `select 'to be listed' as v`, status: 'SUCCESS', user: 'FAKE', parent: null });
  });
});
