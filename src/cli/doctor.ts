import { LastgreenError } from '../domain/errors.ts';
import type { Ports } from '../engine/ports.ts';
import { foreseen } from '../engine/retry.ts';
import type { Finding } from './render/doctor.ts';
import type { Context } from './verb.ts';

type Look = () => Promise<string | Finding>;

/** Looks at one thing; a failure says itself what to type. */
async function look(check: string, at: Look): Promise<Finding> {
  try {
    const found = await at();
    return typeof found === 'string' ? { check, is: 'ok', says: found, next: null } : found;
  } catch (error) {
    const told = foreseen(error);
    if (!(told instanceof LastgreenError)) throw error;
    return { check, is: 'bad', says: told.message, next: told.next };
  }
}

const LATER = ['dbt', 'git', 'store', 'warehouse'] as const;

/** Everything that a release needs, looked at in the order in which it is needed; nothing is changed. */
export async function examine(context: Context): Promise<readonly Finding[]> {
  const config = await look('config', async () => {
    const { config: found } = await context.configured();
    return `${found.path}, ${found.environments.size === 1 ? 'one environment' : `${found.environments.size} environments`}`;
  });
  if (config.is === 'bad') return [config, ...['profile', ...LATER].map((check) => skipped(check, 'config'))];
  const profile = await look('profile', async () => {
    const { ports, environment } = await context.open();
    return `target ${environment.settings.target}; builds in ${placesOf(ports)}`;
  });
  if (profile.is === 'bad') return [config, profile, ...LATER.map((check) => skipped(check, 'profile'))];
  const { ports } = await context.open();
  return [
    config,
    profile,
    ...(await Promise.all([
      look('dbt', () => dbt(ports)),
      look('git', () => git(ports)),
      look('store', () => store(ports)),
      look('warehouse', () => warehouse(ports)),
    ])),
  ];
}

const skipped = (check: string, after: string): Finding => ({
  check,
  is: 'skipped',
  says: `not looked at before the ${after} is right`,
  next: null,
});

const placesOf = ({ sides }: Ports): string =>
  sides.idle
    .map(({ location, database, schema }) => location || [database, schema].filter(Boolean).join('.'))
    .join(', ');

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

async function warehouse(ports: Ports): Promise<string> {
  const [{ mark }, { relations }] = await Promise.all([
    ports.warehouse.standing(),
    ports.warehouse.catalog(ports.sides.live),
  ]);
  const live = mark ? `${mark.release} is live` : 'nothing is released';
  return `${live}; ${relations.length} relations under live names`;
}
