// Runs the contract suite, the kind matrix and a deploy with its rollback on a real account, and reports what held.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { at } from '../../scripts/setup/places.mjs';
import { openGuest, quoted } from '../contract/snowflake/account.ts';
import type { Client } from '../warehouses/snowflake/client.ts';
import { aboutAccount, dropAll, tookBy } from './account.ts';
import { reportOf } from './report.ts';
import { RUN, type Run } from './run.ts';
import { findTarget, type Target, Usage, without } from './target.ts';

const USAGE = `Usage: npm run conformance -- --target TARGET [--project DIR] [--database NAME] [--only PART]

  --target TARGET   of the project's dbt profile (type snowflake); its role must be allowed to create databases
  --project DIR     dbt's project folder, from which the profile is found as dbt does; without it, this one
  --database NAME   for a role that may not: one in which schemas are made; scope database is then left out
  --only PART       contract, kinds, story or facts, to run no more than that; may be given more than once

It makes databases and schemas whose names begin with LASTGREEN_CONFORMANCE_ and drops them again.`;

const PARTS = ['facts', 'kinds', 'story', 'contract'];

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Asked {
  readonly target: string;
  readonly projectDir: string;
  readonly database: string | undefined;
  readonly parts: readonly string[];
}

/** Throws Usage. */
function asked(): Asked {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: { target: text, project: text, database: text, only: { ...text, multiple: true } },
    });
    const parts = values.only ?? PARTS;
    const unknown = parts.find((part) => !PARTS.includes(part));
    if (unknown !== undefined) throw new Usage(`There is no part "${unknown}": it is one of ${PARTS.join(', ')}.`);
    if (!values.target) throw new Usage(`Which target of the dbt profile is to be asked?\n\n${USAGE}`);
    return {
      target: values.target,
      projectDir: resolve(process.env['INIT_CWD'] ?? '.', values.project ?? '.'),
      database: values.database,
      parts,
    };
  } catch (error) {
    // node:util's own sentences say which option was wrong.
    if (error instanceof TypeError) throw new Usage(`${error.message}\n\n${USAGE}`, { cause: error });
    throw error;
  }
}

/** Runs the tests; what they say goes to stderr, without secrets. Returns vitest's report, null when there is none. */
async function runTests(run: Run, parts: readonly string[], { secrets }: Target, folder: string): Promise<unknown> {
  const report = join(folder, 'report.json');
  const files = parts.map((part) => `test/conformance/${part}.test.ts`);
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn('vitest', ['run', '--project', 'conformance', ...reporters, ...files], {
    cwd: at(),
    env: { ...process.env, [RUN]: JSON.stringify(run) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const hide = without(secrets);
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => void process.stderr.write(`${hide(line)}\n`));
  const stop = (): void => void child.kill('SIGINT');
  interrupted.signal.addEventListener('abort', stop);
  await new Promise((ended, failed) => child.once('close', ended).once('error', failed));
  interrupted.signal.removeEventListener('abort', stop);
  return readFile(report, 'utf8').then(JSON.parse, () => null);
}

/** Throws Usage, and errors whose messages have no secret in them. */
async function conform(o: Asked): Promise<number> {
  const target = await findTarget(o.target, o.projectDir, process.env);
  try {
    return await conformOn(target, o);
  } catch (error) {
    const text = without(target.secrets)(said(error));
    throw error instanceof Usage ? new Usage(text) : new Error(`The account cannot be asked: ${text}`);
  }
}

async function conformOn(target: Target, { target: name, projectDir, database, parts }: Asked): Promise<number> {
  const started = performance.now();
  const prefix = `LASTGREEN_CONFORMANCE_${randomBytes(4).toString('hex').toUpperCase()}`;
  const run = { target: name, projectDir, prefix, database: database ?? prefix, databases: database === undefined };
  const hide = without(target.secrets);
  const guest = await openGuest({ profile: target.output });
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-conformance-'));
  try {
    const about = await aboutAccount(guest);
    await prepare(guest, run);
    say(`Everything that is made has a name that begins with ${prefix}.`);
    let told: { results: unknown; took: Awaited<ReturnType<typeof tookBy>> };
    try {
      const results = await runTests(run, parts, target, folder);
      told = { results, took: interrupted.signal.aborted ? [] : await tookBy(guest, run) };
    } finally {
      say('Dropping what was made.');
      await dropAll(guest, run, database === undefined);
    }
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    const ran = new Map([
      ['target', name],
      ['made in', `${run.database}${run.databases ? ' and databases beside it' : ''}; dropped`],
      ['took', `${minutes} min, from ${new Date(Date.now() - (performance.now() - started)).toISOString()}`],
    ]);
    const { text, held } = reportOf({ about, ran, ...told });
    process.stdout.write(`\n${hide(text)}`);
    return interrupted.signal.aborted ? 130 : held ? 0 : 1;
  } finally {
    await guest.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Throws Usage where there is nowhere to make anything. */
async function prepare(guest: Client, { database, databases }: Run): Promise<void> {
  if (databases) {
    await guest.ask(`create database ${database}`).catch((error: unknown) => {
      throw new Usage(`No database can be made (${said(error)}). Give --database one in which schemas may be made.`, {
        cause: error,
      });
    });
    return;
  }
  // What lastgreen keeps for the environments that release from there would be dropped with what was made.
  const taken = await guest.ask(`show schemas like 'LASTGREEN' in database ${quoted(database)}`);
  if (taken.length > 0) throw new Usage(`lastgreen is at work in ${database} already: give --database another one.`);
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

try {
  process.exitCode = await conform(asked());
} catch (error) {
  say(said(error));
  process.exitCode = error instanceof Usage ? 2 : 6;
}
