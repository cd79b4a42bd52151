import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, Environment } from './config/config.ts';
import type { Output, ProfileRules } from './config/port.ts';
import { findProfile } from './config/profiles/find.ts';
import { privateFolder } from './config/profiles/private.ts';
import { type RenderedProfile, renderProfile, typeOf } from './config/profiles/render.ts';
import type { DbtSide } from './dbt/adapter.ts';
import { fail } from './domain/errors.ts';
import type { Exchange } from './domain/plan.ts';
import type { Container, Relation } from './domain/relation.ts';
import type { Ports, Progress } from './engine/ports.ts';
import type { Wait } from './warehouse/bigquery/index.ts';
import type { Warehouse } from './warehouse/port.ts';

/** What a warehouse needs of a rendered profile. */
interface Place {
  readonly exchange: Exchange;
  readonly live: readonly Container[];
  readonly idle: readonly Container[];
  /** Further idle sides, where several take turns. */
  readonly others: readonly (readonly Container[])[];
  readonly attached: readonly Container[];
  /** The connection, with secrets. */
  readonly output: Output;
  /** Tells whoever looks what the server has it wait for. */
  readonly say: (text: string) => void;
}

/** A warehouse is a folder and an entry here. Loaded only when a profile is of its type. */
interface WarehouseKind {
  readonly rules: () => Promise<ProfileRules>;
  readonly connect: (place: Place) => Promise<Warehouse>;
}

const warehouses: Readonly<Record<string, WarehouseKind>> = {
  bigquery: {
    rules: async () => (await import('./warehouse/bigquery/profile.ts')).profileRules,
    async connect({ output, live, idle, others, say }) {
      const { connectBigquery } = await import('./warehouse/bigquery/index.ts');
      const waits = ({ what, reason, ms }: Wait) => say(`waits ${ms} ms, then again: ${what} (${reason})`);
      return connectBigquery({ output, live, slots: [idle, ...others], waits });
    },
  },
  duckdb: {
    rules: async () => (await import('./warehouse/duckdb/profile.ts')).profileRules,
    async connect({ live: [live], idle: [idle], attached }) {
      if (!live || !idle) throw new RangeError('an embedded database has one file on each side');
      return (await import('./warehouse/duckdb/index.ts')).connectDuckdb({ live, idle, attached });
    },
  },
  postgres: {
    rules: async () => (await import('./warehouse/postgres/profile.ts')).profileRules,
    connect: async ({ output }) => (await import('./warehouse/postgres/index.ts')).connectPostgres({ output }),
  },
  snowflake: {
    rules: async () => (await import('./warehouse/snowflake/profile.ts')).profileRules,
    connect: async ({ output, exchange }) =>
      (await import('./warehouse/snowflake/index.ts')).connectSnowflake({ output, exchange }),
  },
};

/** The `type:`s of profiles.yml that there is a warehouse for. */
export const warehouseTypes: readonly string[] = Object.keys(warehouses);

/** How targets of this type have two sides. Throws PROFILE_INVALID. */
export const profileRulesOf = (type: string): Promise<ProfileRules> => kindOf(type).rules();

function kindOf(type: string): WarehouseKind {
  const kind = Object.hasOwn(warehouses, type) ? warehouses[type] : undefined;
  return (
    kind ??
    fail('PROFILE_INVALID', {
      path: 'profiles.yml',
      problem: `this version of lastgreen does not know type: ${type}; it knows ${warehouseTypes.join(', ')}.`,
      next: 'choose another `target:` in lastgreen.yml',
    })
  );
}

export interface ComposeRequest {
  readonly config: Config;
  readonly environment: Environment;
  /** The process's environment. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly report: (progress: Progress) => void;
}

/** Everything that the engine acts through; disposing removes what was written for this command alone. */
export interface Composed extends AsyncDisposable {
  readonly ports: Ports;
}

/** Between SIGINT to dbt and SIGKILL, ms: dbt needs 1 to 2 s to cancel its queries. */
const GRACE_MS = 15_000;

/** Builds the adapters of an environment. Nothing is connected or started yet. Throws PROFILE_INVALID, SIDES_COLLIDE. */
export async function compose(r: ComposeRequest): Promise<Composed> {
  const { config, environment, variables } = r;
  const { settings } = environment;
  const host = await hostPorts();
  const where = { projectDir: config.projectDir, cwd: r.cwd, variables };
  const profile = await findProfile(where);
  const type = typeOf(profile, settings.target, variables);
  const kind = kindOf(type);
  const rules = await kind.rules();
  const folder = await privateFolder(host.processes);
  try {
    const named = { environment: settings.environment, target: settings.target, idle: environment.idle };
    const { maxBytes: mostRead } = settings.build.reads;
    const sides = await renderProfile({ ...where, ...named, profile, rules, folder, mostRead });
    const say = (text: string): void => r.report({ is: 'note', text });
    const warehouse = await kind.connect({ ...placeOf(sides), say });
    const ports: Ports = {
      ...host,
      settings,
      sides: {
        live: sides.live.containers,
        get idle() {
          return inTurn(turnsOf(sides), warehouse).containers;
        },
      },
      warehouse,
      store: await storeAt(config.store),
      dbt: await dbtOf(r, { rules, rendered: sides, warehouse, scratch: folder.path }),
      git: gitIn(config.projectDir, folder.path),
      report: r.report,
    };
    return {
      ports,
      async [Symbol.asyncDispose]() {
        await warehouse[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function hostPorts(): Promise<Pick<Ports, 'clock' | 'processes' | 'random'>> {
  const [{ hostClock }, { hostProcesses }, { hostRandom }] = await Promise.all([
    import('./host/clock.ts'),
    import('./host/processes.ts'),
    import('./host/random.ts'),
  ]);
  return { clock: hostClock, processes: await hostProcesses(), random: hostRandom };
}

const storeAt = async (path: string): Promise<Ports['store']> => (await import('./store/local.ts')).localStore(path);

/** Loaded when it is first asked: status and a swap back need no git. */
function gitIn(dir: string, scratch: string): Ports['git'] {
  let loading: Promise<Ports['git']> | null = null;
  const git = () => (loading ??= import('./git/adapter.ts').then(({ createGit }) => createGit({ dir, scratch })));
  return {
    head: async () => (await git()).head(),
    worktree: async (sha) => (await git()).worktree(sha),
    descends: async (descendant, ancestor) => (await git()).descends(descendant, ancestor),
    archive: async (checkout) => (await git()).archive(checkout),
    unpack: async (archive, sha, subject) => (await git()).unpack(archive, sha, subject),
  };
}

const placeOf = ({ exchange, live, idle, others, attached }: RenderedProfile): Omit<Place, 'say'> => ({
  exchange,
  live: live.containers,
  idle: idle.containers,
  others: others.map(({ containers }) => containers),
  attached,
  output: live.output,
});

const turnsOf = ({ idle, others }: RenderedProfile): readonly RenderedProfile['idle'][] => [idle, ...others];

/** The idle side whose turn it is, by what was read of the warehouse last. */
function inTurn<Side>(sides: readonly Side[], warehouse: Warehouse): Side {
  const side = sides[warehouse.building?.() ?? 0];
  if (side === undefined) throw new RangeError('there is no such side');
  return side;
}

interface DbtParts {
  readonly rules: ProfileRules;
  readonly rendered: RenderedProfile;
  readonly warehouse: Warehouse;
  readonly scratch: string;
}

async function dbtOf(
  { config, environment }: ComposeRequest,
  { rules, rendered, warehouse, scratch }: DbtParts,
): Promise<Ports['dbt']> {
  const { settings } = environment;
  // Where dbt itself keeps what it may keep between runs, one folder a side: both partial parses stay warm.
  const targets = join(config.projectDir, 'target', 'lastgreen', settings.environment);
  const side = (name: string, { profilesDir, env, containers }: RenderedProfile['idle']): DbtSide => {
    const known = [...containers, ...rendered.attached];
    const inIts = (relation: Relation): Relation => ({
      ...relation,
      location: known.find(({ database }) => database === relation.database)?.location ?? '',
    });
    return { profilesDir, env, targetPath: join(targets, name), placing: rendered.placed ?? inIts };
  };
  const turns = turnsOf(rendered).map((one, n) => side(n === 0 ? 'idle' : `idle-${n + 1}`, one));
  const live = { ...side('live', rendered.live), builds: () => turns[warehouse.serving?.() ?? -1] ?? null };
  const { createDbt } = await import('./dbt/adapter.ts');
  return createDbt({
    executable: config.dbt ?? 'dbt',
    adapter: rules.type,
    folds: rules.folds ?? null,
    target: settings.target,
    home: await realpath(config.projectDir),
    sides: {
      live,
      get idle() {
        return inTurn(turns, warehouse);
      },
    },
    scratch,
    vars: settings.build.vars,
    secrets: rendered.secrets,
    graceMs: GRACE_MS,
  });
}
