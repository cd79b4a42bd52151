import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fail } from '../domain/errors.ts';
import type { NodeId } from '../domain/ids.ts';
import { joinResults, readRunResults } from './artifacts.ts';
import { deferralManifest } from './deferral.ts';
import type { DbtEvent } from './events.ts';
import { type DbtOptions, invoke, type Outcome } from './invoke.ts';
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
  const listed = !choosesItself(args);
  const owed = listed ? expected(request.manifest.manifest, request.select, args[0] ?? 'build') : nothing;
  const total = listed ? owed.nodes.size + owed.tests.size : request.select.length;
  const seen = new Watching(project, total, request);
  const logPath = join(dir, 'logs');
  const outcome = await invoke(o, executable, project, side, {
    args: [...args, ...(await stateArguments(join(dir, 'state'), request, listed)), ...threads(request)],
    vars: { ...o.vars, ...request.vars },
    logPath,
    level: 'debug',
    timeoutMs: request.timeoutMs,
    signal: request.signal,
    on: (event, stopping) => seen.take(event, stopping),
  });
  const recorded = await textOf(join(o.sides[side].targetPath, 'run_results.json'), outcome.invocation);
  const told = joinResults(seen.finished, readRunResults(recorded), seen.compiled);
  if (told.length === 0 && outcome.exit !== 0 && outcome.because === 'itself')
    fail('DBT_BROKEN', { doing: args[0] ?? 'build', message: outcome.complaint });
  const results = withMissing(told, owed, outcome, request).map((result) => ({
    ...result,
    message: outcome.scrub(result.message),
  }));
  return {
    invocation: outcome.invocation,
    results,
    ok: outcome.exit === 0 && outcome.because === 'itself' && isComplete(results, owed),
    artifacts: await artifacts(logPath, recorded, outcome),
    ms: outcome.ms,
  };
}

async function stateArguments(dir: string, request: BuildRequest, listed: boolean): Promise<readonly string[]> {
  const defers = request.defer.size > 0;
  if (!listed && !defers) return [];
  await mkdir(dir, { mode: 0o700 });
  if (listed) await writeFile(join(dir, 'run_results.json'), listedResults(request.select));
  if (defers) await writeFile(join(dir, 'manifest.json'), deferralManifest(request.manifest.raw, request.defer));
  return [...(listed ? selectListed : []), ...(defers ? ['--defer', '--favor-state'] : ['--no-defer']), '--state', dir];
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

/** null: there is none, or an earlier start of dbt wrote it. */
async function textOf(file: string, invocation: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text?.includes(invocation) && invocation !== '' ? text : null;
}

async function artifacts(
  logPath: string,
  recorded: string | null,
  outcome: Outcome,
): Promise<Record<string, Uint8Array>> {
  const log = await readFile(join(logPath, 'dbt.log'), 'utf8').catch(() => null);
  const kept = { 'run_results.json': recorded, 'dbt.log': log };
  return Object.fromEntries(
    Object.entries(kept).flatMap(([name, text]) =>
      text === null ? [] : [[name, new TextEncoder().encode(outcome.scrub(text))]],
    ),
  );
}
