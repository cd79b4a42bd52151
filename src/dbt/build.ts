import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { fail } from '../domain/errors.ts';
import type { NodeId } from '../domain/ids.ts';
import { joinResults, readRunResults } from './artifacts.ts';
import { withBatchQueries } from './batches.ts';
import { deferralManifest } from './deferral.ts';
import type { DbtEvent } from './events.ts';
import { type DbtOptions, invoke, type Outcome, sideAt } from './invoke.ts';
import type { Folds } from './manifest.ts';
import type { BuildRequest, BuildResult, NodeResult, Project, SideName } from './port.ts';
import { choosesItself, type Expected, expected, listedResults, selectListed } from './selection.ts';

const nothing: Expected = { nodes: new Set(), tests: new Set() };

/** One start of dbt that writes to a side. `dir`: a private folder that goes away afterwards. Throws as the port says. */
export async function build(
  o: DbtOptions,
  executable: string,
  project: Project,
  side: SideName,
  request: BuildRequest,
  dir: string,
): Promise<BuildResult> {
  const args = request.arguments ?? ['build'];
  const verb = args[0] ?? 'build';
  const own = choosesItself(args);
  const owed = own ? nothing : expected(request.manifest.manifest, request.select, verb);
  const seen = new Watching(project, owed.nodes.size + owed.tests.size, request);
  const state = await stateArguments(join(dir, 'state'), request, { verb: own ? null : verb, folds: o.folds });
  const logPath = join(dir, 'logs');
  const since = Date.now();
  const outcome = await invoke(o, executable, project, side, {
    doing: 'build',
    args: [...args, ...state, ...threads(request)],
    vars: { ...o.vars, ...request.vars },
    logPath,
    level: 'debug',
    timeoutMs: request.timeoutMs,
    signal: request.signal,
    on: (event, stopping) => seen.take(event, stopping),
  });
  const { targetPath } = sideAt(o, project, side, 'build');
  const recorded = await runResults(join(targetPath, 'run_results.json'), outcome);
  const { manifest } = request.manifest;
  const joined = joinResults(seen.finished, readRunResults(recorded), seen.compiled);
  const told = await withBatchQueries(joined, { targetPath, manifest, since });
  const log = await logOf(logPath, outcome);
  const explained = told.some(({ status }) => status === 'error' || status === 'fail');
  if (outcome.exit !== 0 && outcome.because === 'itself' && !explained) {
    const kept = join(targetPath, 'dbt.log');
    if (log !== null) {
      // A dbt that breaks at once has not made its folder.
      await mkdir(dirname(kept), { recursive: true });
      await writeFile(kept, log);
    }
    const message = `${outcome.complaint}${log === null ? '' : `\nlog: ${relative(o.home, kept)}`}`;
    fail('DBT_BROKEN', { doing: verb, message });
  }
  const results = withMissing(told, owed, outcome, request);
  return {
    invocation: outcome.invocation,
    results,
    ok: outcome.exit === 0 && outcome.because === 'itself' && isComplete(results, owed),
    artifacts: artifacts({ 'run_results.json': recorded, 'dbt.log': log }),
    ms: outcome.ms,
  };
}

/** `verb`: null when the arguments choose the nodes. */
async function stateArguments(
  dir: string,
  request: BuildRequest,
  { verb, folds }: { readonly verb: string | null; readonly folds: Folds },
): Promise<readonly string[]> {
  const listed = verb !== null && request.select.length > 0;
  const defers = request.defer.size > 0;
  if (!listed && !defers) return [];
  await mkdir(dir, { mode: 0o700 });
  if (listed) await writeFile(join(dir, 'run_results.json'), listedResults(request.select));
  if (defers) await writeFile(join(dir, 'manifest.json'), deferralManifest(request.manifest.raw, request.defer, folds));
  return [...(listed ? selectListed(verb) : []), ...(defers ? ['--defer', '--favor-state'] : []), '--state', dir];
}

const threads = (request: BuildRequest): readonly string[] =>
  request.threads === null ? [] : ['--threads', String(request.threads)];

/** Follows the events of one build. */
class Watching {
  readonly finished = new Map<NodeId, NodeResult>();
  readonly compiled = new Map<NodeId, string>();
  readonly #project: Project;
  readonly #total: number;
  readonly #request: BuildRequest;

  constructor(project: Project, total: number, request: BuildRequest) {
    this.#project = project;
    this.#total = total;
    this.#request = request;
  }

  take(event: DbtEvent, stopping: boolean): void {
    if (event.is === 'compiled') {
      const { path } = event;
      this.compiled.set(event.id, isAbsolute(path) ? relative(this.#project.dir, path) : path);
    } else if (event.is === 'started') this.#tell(event.id, null);
    else if (event.is === 'finished') {
      // Only a timeout: after an abort nobody gets results. What was cancelled failed because of that.
      const cancelled = stopping && event.result.status === 'error';
      const result = cancelled ? { ...event.result, message: tooLong(this.#request) } : event.result;
      this.finished.set(result.id, result);
      this.#tell(result.id, result);
    }
  }

  #tell(id: NodeId, result: NodeResult | null): void {
    const done = this.finished.size;
    this.#request.on({ id, phase: result ? 'finish' : 'start', done, total: Math.max(this.#total, done), result });
  }
}

/**
 * A node that dbt was asked for and never spoke of was not built: nobody may take its absence for success. Tests without
 * a result stay absent; the gate that expects them says so.
 */
function withMissing(
  told: readonly NodeResult[],
  owed: Expected,
  outcome: Outcome,
  request: BuildRequest,
): readonly NodeResult[] {
  const known = new Set(told.map((result) => result.id));
  const message =
    outcome.because === 'timeout' ? tooLong(request) : `dbt ended without a result for it: ${outcome.complaint}`;
  const missing = [...owed.nodes].filter((id) => !known.has(id));
  return [
    ...told,
    ...missing.map((id) => ({
      id,
      status: 'error' as const,
      message,
      failures: null,
      rows: null,
      ms: 0,
      compiledPath: null,
    })),
  ];
}

const tooLong = (request: BuildRequest): string => `not finished within ${Math.round(request.timeoutMs / 1000)} s`;

function isComplete(results: readonly NodeResult[], owed: Expected): boolean {
  const good = new Set(
    results.filter(({ status }) => ['success', 'pass', 'warn', 'no-op'].includes(status)).map((result) => result.id),
  );
  return good.size === results.length && [...owed.nodes, ...owed.tests].every((id) => good.has(id));
}

/** null: there is none, or an earlier start of dbt wrote it. What dbt leaves there is rid of secrets, too. */
async function runResults(file: string, { invocation, scrub }: Outcome): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null || invocation === '' || !text.includes(invocation)) return null;
  const clean = scrub(text);
  if (clean !== text) await writeFile(file, clean);
  return clean;
}

async function logOf(folder: string, { scrub }: Outcome): Promise<string | null> {
  const text = await readFile(join(folder, 'dbt.log'), 'utf8').catch(() => null);
  return text === null ? null : scrub(text);
}

const artifacts = (kept: Readonly<Record<string, string | null>>): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(kept).flatMap(([name, text]) => (text === null ? [] : [[name, new TextEncoder().encode(text)]])),
  );
