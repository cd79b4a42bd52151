import type { Mark } from '../domain/cutover.ts';
import { LastgreenError } from '../domain/errors.ts';
import type { Lack } from '../domain/lack.ts';
import type { Relation } from '../domain/relation.ts';
import { quoted } from '../domain/shell.ts';
import { baselineOf, locating } from '../engine/facts.ts';
import { phase } from '../engine/phase.ts';
import type { Ports } from '../engine/ports.ts';
import { records } from '../engine/records.ts';
import { foreseen } from '../engine/retry.ts';
import { heldNames, liveNamesOf } from '../planning/guards.ts';
import { mapNames, type NameMap } from '../planning/names.ts';
import type { Catalog, ProjectNames } from '../warehouse/port.ts';
import type { Finding } from './render/doctor.ts';
import { counted } from './render/words.ts';
import type { Context } from './verb.ts';

type Look = () => Promise<string | Finding>;

/** Looks at one thing; a failure says itself what to type. */
async function look(check: string, at: Look, target = ''): Promise<Finding> {
  try {
    const found = await at();
    return typeof found === 'string' ? { check, is: 'ok', says: found, next: null } : found;
  } catch (error) {
    const told = foreseen(error);
    if (!(told instanceof LastgreenError)) throw error;
    return { check, is: 'bad', says: told.message, next: elsewhere(told.code, target) ?? told.next };
  }
}

/** Where the usual next step is this very command. */
const elsewhere = (code: string, target: string): string | null => {
  const same = `dbt debug --target ${quoted(target)}, which uses the same connection`;
  if (code === 'WAREHOUSE_DOWN') return `${same}; then lastgreen runbook warehouse-down`;
  if (code === 'WAREHOUSE_DENIED') return `${same}; then correct the target in profiles.yml`;
  return code === 'STORE_DOWN' ? 'lastgreen runbook store-down' : null;
};

const LATER = ['dbt', 'git', 'store', 'project', 'warehouse'] as const;

/** Everything that a release needs, looked at in the order in which it is needed; nothing is changed. */
export async function examine(context: Context): Promise<readonly Finding[]> {
  const config = await look('config', async () => {
    const { config: found } = await context.configured();
    return `${found.path}, ${found.environments.size === 1 ? 'one environment' : `${found.environments.size} environments`}`;
  });
  if (config.is === 'bad') return [config, ...['profile', ...LATER].map((check) => skipped(check, 'config'))];
  const profile = await look('profile', async () => {
    const { ports, environment } = await context.open();
    return `target ${environment.settings.target}, ${placesOf(ports)}`;
  });
  if (profile.is === 'bad') return [config, profile, ...LATER.map((check) => skipped(check, 'profile'))];
  const { ports } = await context.open();
  const first = await Promise.all([
    look('dbt', () => dbt(ports)),
    look('git', () => git(ports)),
    look('store', () => store(ports)),
  ]);
  const project = await projectOf(ports, context.io.signal, first);
  return [config, profile, ...first, project.finding, ...(await warehouse(ports, project))];
}

const skipped = (check: string, after: string): Finding => ({
  check,
  is: 'skipped',
  says: `not looked at before the ${after} is right`,
  next: null,
});

const placesOf = ({ sides }: Ports): string =>
  sides.live.map(({ location, database }) => location || `database ${database}`).join(', ');

async function dbt(ports: Ports): Promise<string> {
  const { core, adapter } = await ports.dbt.version();
  return `dbt ${core}, ${adapter}`;
}

async function git(ports: Ports): Promise<string | Finding> {
  const checkout = await ports.git.head();
  await checkout[Symbol.asyncDispose]();
  const at = `${checkout.sha.slice(0, 8)} ${checkout.subject}`;
  if (checkout.dirty.length === 0) return at;
  const files = checkout.dirty.slice(0, 3).join(', ');
  const says = `${at}; the work tree has changes that are in no commit: ${files}`;
  return { check: 'git', is: 'warn', says, next: 'git commit, before a plan or a deploy' };
}

/** A document is written and taken away again: reading alone would not show that a folder is read-only. */
async function store(ports: Ports): Promise<string> {
  const nonce = ports.random.nonce();
  const key = `${ports.settings.environment}/doctor/${nonce}.json`;
  await ports.store.put(key, Buffer.from(`"${nonce}"\n`), 'if-absent');
  await ports.store.remove(key);
  return `${ports.store.name} can be written`;
}

/** What the project calls its relations; nothing where it could not be parsed. */
interface Named {
  readonly names: ProjectNames;
  readonly map: NameMap | null;
}

/** Parsed for both sides, as a plan does it: only the project knows which names readers use. */
async function projectOf(
  ports: Ports,
  signal: AbortSignal,
  before: readonly Finding[],
): Promise<Named & { readonly finding: Finding }> {
  let names: ProjectNames = { live: [], idle: [] };
  let map: NameMap | null = null;
  // Which side is built next is told by what is live; where that cannot be asked, the look at the warehouse says so.
  if (ports.warehouse.building) await ports.warehouse.standing().catch(() => null);
  const missing = before.find(({ check, is }) => is === 'bad' && (check === 'dbt' || check === 'git'));
  if (missing) return { finding: skipped('project', missing.check), names, map };
  const finding = await look('project', async () => {
    const checkout = await ports.git.head();
    try {
      const [live, idle] = await phase(ports, 'parse', 'both sides', () =>
        Promise.all([ports.dbt.parse(checkout, 'live', signal), ports.dbt.parse(checkout, 'idle', signal)]),
      );
      map = mapNames({ live: live.manifest, idle: idle.manifest }, locating(ports));
      const moving = [...map.nodes.values()].filter(({ shared }) => !shared);
      names = { live: moving.map((node) => node.live), idle: moving.map((node) => node.idle) };
      return `${counted(moving.length, 'live name')}; the next release is built in ${homesOf(names.idle).join(', ')}`;
    } finally {
      await checkout[Symbol.asyncDispose]();
    }
  });
  return { finding, names, map };
}

/** The schemas, or where there are none but in files, the files. */
const homesOf = (relations: readonly Relation[]): readonly string[] => [
  ...new Set(relations.map(({ location, database, schema }) => location || `${database}.${schema}`)),
];

/** What is missing first: the rest may fail only for that. */
async function warehouse(ports: Ports, { names, map }: Named): Promise<readonly Finding[]> {
  let lacks: readonly Lack[] = [];
  const { target } = ports.settings;
  const examined = async (): Promise<string> => {
    lacks = await ports.warehouse.examine(names);
    return '';
  };
  const reached = await look('warehouse', examined, target);
  if (reached.is === 'bad') return [reached];
  const found = lacks.map(
    ({ severity, what, next }): Finding => ({ check: 'warehouse', is: severity, says: what, next }),
  );
  if (found.some(({ is }) => is === 'bad')) return found;
  return [await look('warehouse', () => standing(ports, names, map), target), ...found];
}

async function standing(ports: Ports, { live }: ProjectNames, map: NameMap | null): Promise<string | Finding> {
  const [{ mark }, catalog] = await Promise.all([
    ports.warehouse.standing(),
    ports.warehouse.catalog(ports.sides.live),
  ]);
  const there = live.filter((name) => catalog.find(name) !== null).length;
  const names = `${there} of ${counted(live.length, 'live name')} ${there === 1 ? 'is' : 'are'}`;
  if (mark) {
    const says = `${mark.release} is live; ${names} there`;
    const held = map ? await heldBeside(ports, mark, catalog, map) : [];
    if (held.length === 0) return says;
    const what = `${says}; what no release built holds ${held.join(', ')}`;
    return {
      check: 'warehouse',
      is: 'warn',
      says: what,
      next: 'drop or rename what is there, before a plan or a deploy',
    };
  }
  if (there === 0) return `nothing is released; ${names} there`;
  const says = `nothing is released; ${names} held by what no release built: check out the commit that built what is there`;
  return { check: 'warehouse', is: 'warn', says, next: 'lastgreen adopt' };
}

/** Names that this commit would take from somebody. */
async function heldBeside(ports: Ports, mark: Mark, catalog: Catalog, names: NameMap): Promise<readonly string[]> {
  const store = records(ports);
  const head = (await store.head())?.head;
  const ledger = head?.ledger ? await store.ledger(head.ledger) : null;
  const { manifest } = await baselineOf(ports, mark);
  const released = { relations: liveNamesOf(manifest, locating(ports)), ledger };
  return heldNames({ names, catalog, pointers: [], released });
}
