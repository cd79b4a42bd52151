// Runs the contract suite, the kind matrix and a deploy with its rollback on a real account or project, and reports what held.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { at } from '../../scripts/setup/places.mjs';
import type { Choices, Open } from './engine.ts';
import { reportOf } from './report.ts';
import { RUN } from './run.ts';
import { findTarget, type Target, Usage, without } from './target.ts';
import type { Took } from './took.ts';

const USAGE = `Usage: npm run conformance -- --target TARGET [--project DIR] [--database NAME] [--policy-tag TAG] [--only PART]

  --target TARGET   of the project's dbt profile, of type snowflake, whose role must be allowed to create databases, or
                    bigquery, whose user must be allowed to create datasets and run jobs
  --project DIR     dbt's project folder, from which the profile is found as dbt does; without it, this one
  --database NAME   Snowflake, for a role that may not: one in which schemas are made; scope database is then left out
  --policy-tag TAG  BigQuery: projects/.../policyTags/..., where the target's datasets are, to try what views do with it
  --only PART       contract, kinds, story or facts, to run no more than that; may be given more than once

It makes databases and schemas, or datasets, whose names begin with LASTGREEN_CONFORMANCE_ and drops them again.`;

const PARTS = ['facts', 'kinds', 'story', 'contract'];

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Asked {
  readonly target: string;
  readonly projectDir: string;
  readonly choices: Choices;
  readonly parts: readonly string[];
}

/** Throws Usage. */
function asked(): Asked {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      options: { target: text, project: text, database: text, 'policy-tag': text, only: { ...text, multiple: true } },
    });
    const parts = values.only ?? PARTS;
    const unknown = parts.find((part) => !PARTS.includes(part));
    if (unknown !== undefined) throw new Usage(`There is no part "${unknown}": it is one of ${PARTS.join(', ')}.`);
    if (!values.target) throw new Usage(`Which target of the dbt profile is to be asked?\n\n${USAGE}`);
    return {
      target: values.target,
      projectDir: resolve(process.env['INIT_CWD'] ?? '.', values.project ?? '.'),
      choices: { database: values.database, policyTag: values['policy-tag'] },
      parts,
    };
  } catch (error) {
    // node:util's own sentences say which option was wrong.
    if (error instanceof TypeError) throw new Usage(`${error.message}\n\n${USAGE}`, { cause: error });
    throw error;
  }
}

/** Runs the tests; what they say goes to stderr, without secrets. Returns vitest's report, null when there is none. */
async function runTests(
  run: object,
  parts: readonly string[],
  { type, secrets }: Target,
  folder: string,
): Promise<unknown> {
  const report = join(folder, 'report.json');
  const files = parts.map((part) => `test/conformance/${type}/${part}.test.ts`);
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
    throw error instanceof Usage ? new Usage(text) : new Error(`It cannot be asked: ${text}`);
  }
}

async function conformOn(target: Target, { projectDir, choices, parts }: Asked): Promise<number> {
  const started = performance.now();
  const prefix = `LASTGREEN_CONFORMANCE_${randomBytes(4).toString('hex').toUpperCase()}`;
  const hide = without(target.secrets);
  const open = await opener(target.type);
  await using opened = await open({ target, projectDir, prefix, choices });
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-conformance-'));
  try {
    say(`Everything that is made has a name that begins with ${opened.prefix}.`);
    let told: { results: unknown; took: readonly Took[] };
    try {
      const results = await runTests(opened.run, parts, target, folder);
      told = { results, took: interrupted.signal.aborted ? [] : await opened.took() };
    } finally {
      say('Dropping what was made.');
      await opened.drop();
    }
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    const ran = new Map([
      ['target', target.name],
      ['made in', opened.madeIn],
      ['took', `${minutes} min, from ${new Date(Date.now() - (performance.now() - started)).toISOString()}`],
    ]);
    const { text, held } = reportOf({ about: opened.about, ran, ...told });
    process.stdout.write(`\n${hide(text)}`);
    return interrupted.signal.aborted ? 130 : held ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Loaded where it is used, because drivers load slowly. */
const opener = async (type: Target['type']): Promise<Open> =>
  type === 'snowflake'
    ? (await import('./snowflake/open.ts')).openAccount
    : (await import('./bigquery/open.ts')).openProject;

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

try {
  process.exitCode = await conform(asked());
} catch (error) {
  say(said(error));
  process.exitCode = error instanceof Usage ? 2 : 6;
}
