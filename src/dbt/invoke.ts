import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, LastgreenError } from '../domain/errors.ts';
import { complaint } from './complaint.ts';
import { childEnvironment } from './environment.ts';
import { type DbtEvent, parseEvent } from './events.ts';
import type { Folds, Placing } from './manifest.ts';
import type { NodeResult, Project, SideName } from './port.ts';
import { type Ended, underGuard } from './process.ts';
import { type Scrub, scrubber, secretValues } from './scrub.ts';

export interface DbtSide {
  /** The private rendered profile. */
  readonly profilesDir: string;
  /** Of this side alone, so that its partial parse stays warm. */
  readonly targetPath: string;
  /** Beside the environment of this process: what the rendered profile refers to. */
  readonly env: Readonly<Record<string, string>>;
  readonly placing: Placing;
  /** Where a build writes; null or left out: where the side is parsed for. */
  readonly builds?: () => Omit<DbtSide, 'builds'> | null;
}

export interface DbtOptions {
  /** A path, or a name on PATH. */
  readonly executable: string;
  /** dbt's `type:` of the profile: whose version counts. */
  readonly adapter: string;
  readonly target: string;
  /** The user's work tree, real path: the project whose parses are kept between runs. */
  readonly home: string;
  readonly sides: Readonly<Record<SideName, DbtSide>>;
  readonly folds: Folds;
  /** A folder of this process alone, which whoever made it removes, also after a kill. */
  readonly scratch: string;
  /** For parse and list; the same in every release, or dbt parses anew. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** Values that are taken out of messages and artifacts; those of DBT_ENV_SECRET variables are known already. */
  readonly secrets: readonly string[];
  /** Between SIGINT and SIGKILL, ms. */
  readonly graceMs: number;
}

export interface Invocation {
  readonly doing: Doing;
  /** The verb first. */
  readonly args: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly logPath: string;
  /** `debug`: events of nodes too. */
  readonly level: 'info' | 'debug';
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** `stopping`: said after dbt was asked to stop. */
  readonly on: (event: DbtEvent, stopping: boolean) => void;
}

export interface Outcome extends Ended {
  readonly invocation: string;
  /** Why it stopped, in dbt's words, without secrets. */
  readonly complaint: string;
  readonly scrub: Scrub;
}

/** Whether a start of dbt only parses. */
export type Doing = 'parse' | 'build';

/**
 * A checkout in a folder of its own is parsed anew, and apart: a parse that dbt kept says where seeds lie in the folder
 * that it was made in (SeedNode.root_path), and they would be loaded from there. What this process parsed there serves
 * its builds there, and is gone with it.
 */
export function sideAt(o: DbtOptions, { dir }: Project, name: SideName, doing: Doing): DbtSide {
  const parsed = o.sides[name];
  const side = (doing === 'build' ? parsed.builds?.() : null) ?? parsed;
  if (dir === o.home) return side;
  return { ...side, targetPath: doing === 'parse' ? parseOf(o, dir, name) : `${side.targetPath}-elsewhere` };
}

/** The folder of this process's parse of a checkout. */
const parseOf = (o: DbtOptions, dir: string, name: SideName): string =>
  join(o.scratch, `parse-${name}-${hash('sha256', dir, 'hex').slice(0, 16)}`);

function parseArguments(o: DbtOptions, { dir }: Project, name: SideName, doing: Doing): readonly string[] {
  if (dir === o.home) return [];
  const kept = join(parseOf(o, dir, name), 'partial_parse.msgpack');
  if (doing === 'parse' || !existsSync(kept)) return ['--no-partial-parse'];
  return ['--partial-parse', '--partial-parse-file-path', kept];
}

/**
 * One start of dbt on a side. Options that a user's environment or dbt_project.yml could set otherwise are given
 * explicitly. Throws INTERRUPTED, or the signal's reason where that was foreseen.
 */
export async function invoke(
  o: DbtOptions,
  executable: string,
  project: Project,
  name: SideName,
  run: Invocation,
): Promise<Outcome> {
  const side = sideAt(o, project, name, run.doing);
  const env = childEnvironment(process.env, { name, env: side.env });
  const scrub = scrubber([...o.secrets, ...secretValues(env)]);
  const clean = (result: NodeResult): NodeResult => ({ ...result, message: scrub(result.message) });
  const complaints: string[] = [];
  let invocation = '';
  const ended = await underGuard({
    executable,
    args: [...run.args, ...common(o, project, side, run), ...parseArguments(o, project, name, run.doing)],
    cwd: project.dir,
    env,
    signal: run.signal,
    timeoutMs: run.timeoutMs,
    graceMs: o.graceMs,
    onLine(line, stopping) {
      const event = parseEvent(line);
      if (event?.is === 'began') invocation = event.invocation;
      if (event?.is === 'complained') complaints.push(event.text);
      if (event) run.on(event.is === 'finished' ? { is: 'finished', result: clean(event.result) } : event, stopping);
    },
  });
  if (ended.because === 'aborted') interrupted(run.signal);
  return { ...ended, invocation, complaint: scrub(complaint(complaints, ended.stderr, ended.exit)), scrub };
}

function common(o: DbtOptions, project: Project, side: DbtSide, run: Invocation): readonly string[] {
  const options = {
    'project-dir': project.dir,
    'profiles-dir': side.profilesDir,
    target: o.target,
    'target-path': side.targetPath,
    'log-path': run.logPath,
    'log-format': 'json',
    'log-level': run.level,
    'log-format-file': 'text',
    'log-level-file': 'debug',
  };
  return [
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    '--write-json',
    '--no-quiet',
    '--no-use-colors-file',
    ...(Object.keys(run.vars).length > 0 ? ['--vars', JSON.stringify(run.vars)] : []),
  ];
}

function interrupted(signal: AbortSignal): never {
  const reason: unknown = signal.reason;
  if (reason instanceof LastgreenError) throw reason;
  return fail('INTERRUPTED', { doing: 'readers have what they had' });
}
