import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BigQueryOptions } from '@google-cloud/bigquery';
import { at } from '../../../scripts/setup/places.mjs';
import { connectionOf } from './client.ts';
import { type Control, controlOf } from './control.ts';
import { OWNER_TOKEN, PROJECT } from './names.ts';

/** A server of one's own on 127.0.0.1 that speaks BigQuery's API, and ends with the process that started it. */
export interface BigqueryServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** One that is always there, without a dataset. */
  readonly project: string;
  /** For `new BigQuery({...})`: the owner of all. */
  readonly connection: BigQueryOptions;
  /** For profiles.yml, beside `dataset` and `threads`. */
  readonly profile: Readonly<Record<string, string | number>>;
  readonly control: Control;
  readonly pid: number;
  /** Ends it; everything in it is gone. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a server and checks that it is the one that was started. Throws with what it said when it does not start. */
export async function startBigquery(): Promise<BigqueryServer> {
  const token = randomUUID();
  const main = fileURLToPath(new URL('engine/main.py', import.meta.url));
  const child = spawn(at('.tools', 'bigquery', 'bin', 'python'), ['-B', main, token], {
    // Ctrl-C on a terminal is for the tests; the server ends with them, when its standard input is closed.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
  });
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await exited;
  };
  try {
    const port = await ready(child);
    const url = `http://${HOST}:${port}`;
    const control = controlOf(url);
    if ((await control.identity()) !== token) throw new Error(`the server on port ${port} is another one`);
    return {
      host: HOST,
      port,
      url,
      project: PROJECT,
      connection: connectionOf(url),
      profile: {
        type: 'bigquery',
        method: 'oauth-secrets',
        token: OWNER_TOKEN,
        project: PROJECT,
        location: 'US',
        api_endpoint: url,
        job_retries: 0,
        priority: 'interactive',
      },
      control,
      pid: child.pid ?? 0,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server says its port when it listens; it may also end before. */
function ready(child: ChildProcess): Promise<number> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    if (child.stdout === null || child.stderr === null) throw new TypeError('what the server says is piped');
    createInterface(child.stdout).on('line', (line) => {
      const [, port] = /^ready (\d+)$/.exec(line) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    createInterface(child.stderr).on('line', (line) => {
      if (log.push(line) > 50) log.shift();
      // A traceback is a fault of the server's own, which whoever runs the test wants to see.
      process.stderr.write(`bigquery test server: ${line}\n`);
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the BigQuery test server ended with ${code}:\n${log.join('\n')}`)));
  });
}
