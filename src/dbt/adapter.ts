import { hash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fail } from '../domain/errors.ts';
import { type NodeId, nodeId } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import { build } from './build.ts';
import { childEnvironment } from './environment.ts';
import { askVersions, type Executable, findExecutable, type Versions } from './executable.ts';
import { inPrivateFolder } from './folder.ts';
import { readInputs } from './inputs.ts';
import { type DbtOptions, invoke, sideAt } from './invoke.ts';
import type { Dbt, Parsed, Project, SideName } from './port.ts';
import { readRecorded, readWritten } from './read.ts';

export type { DbtOptions, DbtSide } from './invoke.ts';

/** A parse of the largest projects takes minutes; one that takes longer than this hangs, ms. */
const parseTimeoutMs = 3_600_000;
const listed = z.object({ unique_id: z.string() });

/** dbt 1.10 or later, as a subprocess under a guard. Nothing is started before it is asked for. */
export function createDbt(o: DbtOptions): Dbt {
  let found: Promise<Executable> | undefined;
  let asked: Promise<Versions> | undefined;
  const executable = (): Promise<Executable> => (found ??= findExecutable(o.executable, o.adapter));
  const version = async (): Promise<Versions> => {
    const { path, versions } = await executable();
    return versions ?? (asked ??= askVersions(path, o.adapter));
  };
  // Pure memory: what dbt wrote is read again out of the store by later parts of the same command.
  const manifests = new Map<string, Manifest>();
  const remembered = (raw: Uint8Array, read: () => Manifest): Manifest => {
    const key = hash('sha256', raw, 'hex');
    const manifest = manifests.get(key) ?? read();
    manifests.set(key, manifest);
    return manifest;
  };
  const parsed = async (run: Parsing): Promise<Ran> => {
    const ran = await parsing(o, await executable(), run);
    remembered(ran.parsed.raw, () => ran.parsed.manifest);
    return ran;
  };
  return {
    version,
    parse: async (project, side, signal) =>
      (await parsed({ project, side, signal, args: ['parse'], state: null })).parsed,
    async list(project, side, { select, exclude, strict, state, signal }) {
      const args = ['ls', '--output', 'json', '--output-keys', 'unique_id', '--indirect-selection', 'eager'];
      const which = ['--select', select, ...(exclude === undefined ? [] : ['--exclude', exclude])];
      const ran = await parsed({ project, side, signal, args: [...args, ...which], state });
      const typo = strict ? ran.unmatched.find((criterion) => !criterion.includes('state:')) : undefined;
      if (typo !== undefined)
        fail('USAGE', { message: `Nothing in this commit is selected by ${typo}.`, next: 'correct --select' });
      const { nodes, tests } = ran.parsed.manifest;
      return { ...ran.parsed, selected: ran.listed.filter((id) => nodes.has(id) || tests.has(id)) };
    },
    async build(project, side, request) {
      const { path } = await executable();
      return inPrivateFolder(o.scratch, (dir) => build(o, path, project, side, request, dir));
    },
    read: (raw) =>
      remembered(raw, () => readRecorded(raw, { live: o.sides.live.placing, idle: o.sides.idle.placing }, o.folds)),
    inputs: async ({ dir }, manifest, key) =>
      readInputs({
        dir,
        manifest,
        key,
        vars: o.vars,
        env: childEnvironment(process.env, { name: 'live', env: o.sides.live.env }),
        versions: await version(),
      }),
  };
}

interface Parsing {
  readonly project: Project;
  readonly side: SideName;
  readonly signal: AbortSignal;
  readonly args: readonly string[];
  /** The manifest.json that `state:` compares with. */
  readonly state: Uint8Array | null;
}

interface Ran {
  readonly parsed: Parsed;
  readonly listed: readonly NodeId[];
  /** Parts of the selector that chose nothing. */
  readonly unmatched: readonly string[];
}

/** A start of dbt that parses and writes nothing to the warehouse. Throws DBT_BROKEN with dbt's own words. */
async function parsing(o: DbtOptions, { path }: Executable, run: Parsing): Promise<Ran> {
  const ids: NodeId[] = [];
  const unmatched: string[] = [];
  const side = sideAt(o, run.project, run.side, 'parse');
  const outcome = await inPrivateFolder(o.scratch, async (dir) =>
    invoke(o, path, run.project, run.side, {
      doing: 'parse',
      args: [...run.args, ...(await stateArguments(join(dir, 'state'), run.state))],
      vars: o.vars,
      logPath: join(dir, 'logs'),
      level: 'info',
      timeoutMs: parseTimeoutMs,
      signal: run.signal,
      on: (event) => {
        if (event.is === 'printed') ids.push(...idsIn(event.text));
        if (event.is === 'unmatched') unmatched.push(event.criterion);
      },
    }),
  );
  if (outcome.exit !== 0) fail('DBT_BROKEN', { doing: run.args[0] ?? '', message: outcome.complaint });
  const parsed = await readWritten(run.project, { ...side, name: run.side, folds: o.folds }, outcome.invocation);
  return { parsed, listed: ids, unmatched };
}

async function stateArguments(dir: string, state: Uint8Array | null): Promise<readonly string[]> {
  if (!state) return [];
  await mkdir(dir, { mode: 0o700 });
  await writeFile(join(dir, 'manifest.json'), state);
  return ['--state', dir];
}

/** Macros of the project may print too. */
function idsIn(text: string): readonly NodeId[] {
  if (!text.startsWith('{')) return [];
  try {
    const line = listed.safeParse(JSON.parse(text));
    return line.success ? [nodeId(line.data.unique_id)] : [];
  } catch {
    return [];
  }
}
