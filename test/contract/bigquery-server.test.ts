import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';
import { access } from './bigquery-server/access.suite.ts';
import { catalog } from './bigquery-server/catalog.suite.ts';
import { control } from './bigquery-server/control.suite.ts';
import { jobs } from './bigquery-server/jobs.suite.ts';
import { resources } from './bigquery-server/resources.suite.ts';
import { sql } from './bigquery-server/sql.suite.ts';
import { time } from './bigquery-server/time.suite.ts';
import { views } from './bigquery-server/views.suite.ts';

let running: BigqueryServer;
beforeAll(async () => {
  running = await startBigquery();
});
afterAll(() => running.stop());

describe('a BigQuery of one’s own', () => {
  const server = (): BigqueryServer => running;
  resources(server);
  views(server);
  time(server);
  access(server);
  jobs(server);
  sql(server);
  catalog(server);
  control(server);

  it('ends with whoever started it, however that went', async () => {
    const script = fileURLToPath(new URL('bigquery-server/orphan.ts', import.meta.url));
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface(parent.stdout), 'line');
    const { url } = JSON.parse(String(line));
    parent.kill('SIGKILL');
    await expect.poll(() => fetch(url).then(String, () => 'gone'), { timeout: 10_000 }).toBe('gone');
  });
});
