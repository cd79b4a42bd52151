import { z } from 'zod';
import type { Lack } from '../../domain/lack.ts';
import { nameKey, type Relation } from '../../domain/relation.ts';
import { type ProjectNames, WarehouseError } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { CONTROL, type Context } from './context.ts';
import { folded, identifier, literal, schemaName } from './dialect.ts';
import { codeOf } from './errors.ts';
import type { AccountFacts, Entrance, SchemaFacts } from './facts.ts';
import { entranceLacks, lacksOf } from './lacks.ts';
import { leftBehind } from './left-behind.ts';
import { changeOf } from './look.ts';
import { hiddenPolicies } from './policies.ts';
import { sqlOf } from './sql.ts';

/** Rights, the warehouse, retention and policies; read in one session, in the role that releases have. */
export const examine = (ctx: Context, names: ProjectNames, wantedWarehouse: string | null): Promise<readonly Lack[]> =>
  ctx.open.with('doctor', async (session) => {
    const [row] = await session.run('select current_role() as ROLE, current_warehouse() as WAREHOUSE');
    const { ROLE: role, WAREHOUSE: name } = whoRow.parse(row);
    const asking = { role, database: ctx.database, wantedWarehouse };
    const roles = rolesOf(session);
    const onDatabase = await held(session, roles, `database ${identifier(ctx.database)}`);
    const warehouse = name === null ? null : await warehouseOf(session, name);
    // The first release makes a live database that is not there.
    const mayUse = onDatabase !== null || ctx.whole;
    if (!warehouse || !mayUse) return entranceLacks({ ...asking, mayUse, warehouse });
    const mayMakeSchemas = ctx.whole || (onDatabase?.has('CREATE SCHEMA') ?? false);
    const maySwap = !ctx.whole || onDatabase === null || onDatabase.has('OWNERSHIP');
    const inside = await insideOf(ctx, session, onDatabase ? names : { live: [], idle: [] }, roles);
    return lacksOf({ ...asking, warehouse, mayMakeSchemas, maySwap, swapsSchemas: ctx.scope === 'schema', ...inside });
  });

const yes = z.preprocess((value) => value === true || value === 'true' || value === 'YES', z.boolean());

const whoRow = z.object({ ROLE: z.string(), WAREHOUSE: z.string().nullable() });

const ownerRows = z.array(
  z.object({
    SCHEMA_NAME: z.string(),
    SCHEMA_OWNER: z.string(),
    IS_MANAGED_ACCESS: yes,
    TABLE_NAME: z.string().nullable(),
    TABLE_TYPE: z.string().nullable(),
    TABLE_OWNER: z.string().nullable(),
    IS_TRANSIENT: yes,
    RETENTION_TIME: z.coerce.number().nullable(),
  }),
);
type OwnerRow = z.infer<typeof ownerRows>[number];

const grantRows = z.array(z.object({ privilege: z.string(), granted_to: z.string(), grantee_name: z.string() }));

const warehouseRows = z.array(
  z.object({ name: z.string(), size: z.string(), auto_suspend: z.coerce.number().nullable(), auto_resume: yes }),
);

async function insideOf(
  ctx: Context,
  session: Session,
  { live, idle }: ProjectNames,
  roles: Roles,
): Promise<Omit<AccountFacts, keyof Entrance | 'mayMakeSchemas' | 'maySwap' | 'swapsSchemas'>> {
  const { database } = ctx;
  const owners = await ownersIn(ctx, session, [...live, ...idle]);
  const liveSchemas = new Set([ctx.environment, ...live.map(({ schema }) => schema)]);
  const isLive = new Set(live.map(nameKey));
  const relationOf = ({ SCHEMA_NAME: schema, TABLE_NAME: name }: OwnerRow): Relation => ({
    location: '',
    database,
    schema,
    identifier: name ?? '',
  });
  const there = owners.filter((one) => one.TABLE_NAME !== null && isLive.has(nameKey(relationOf(one))));
  const tables = there.filter((one) => one.TABLE_TYPE === 'BASE TABLE');
  await roles.ask(owners.flatMap((one) => [one.SCHEMA_OWNER, one.TABLE_OWNER ?? one.SCHEMA_OWNER]));
  const foreign = ({ TABLE_OWNER: owner }: OwnerRow): boolean => owner !== null && !roles.has(owner);
  const [first] = tables;
  return {
    schemas: await schemasOf(
      session,
      roles,
      database,
      owners.filter((one) => liveSchemas.has(one.SCHEMA_NAME)),
    ),
    foreignSchemas: distinct(owners)
      .filter((one) => !liveSchemas.has(one.SCHEMA_NAME) && !roles.has(one.SCHEMA_OWNER))
      .map((one) => ({ name: one.SCHEMA_NAME, owner: one.SCHEMA_OWNER })),
    foreignRelations: owners
      .filter((one) => foreign(one) && (isLive.has(nameKey(relationOf(one))) || !liveSchemas.has(one.SCHEMA_NAME)))
      .map((one) => ({
        name: [one.SCHEMA_NAME, one.TABLE_NAME ?? ''],
        owner: one.TABLE_OWNER ?? '',
        kind: one.TABLE_TYPE === 'BASE TABLE' ? 'table' : (one.TABLE_TYPE ?? 'table').toLowerCase(),
      })),
    retention: tables.map((one) => ({
      name: [one.SCHEMA_NAME, one.TABLE_NAME ?? ''],
      days: one.RETENTION_TIME ?? 0,
      transient: one.IS_TRANSIENT,
    })),
    hidden: (await hiddenOn(session, there.filter((one) => !foreign(one)).map(relationOf))).map(
      ({ schema, identifier: name }) => [schema, name],
    ),
    leftBehind: await leftBehindOf(
      ctx,
      session,
      [...liveSchemas].filter((name) => owners.some((one) => one.SCHEMA_NAME === name)),
    ),
    history: await works(session, historyOf(database)),
    lastChange: first
      ? {
          name: [first.SCHEMA_NAME, first.TABLE_NAME ?? ''],
          mayAsk: await works(session, `select ${changeOf(relationOf(first))}`),
        }
      : null,
    edition: await editionOf(session),
  };
}

/** Of what changes places with all that is in it. */
async function leftBehindOf(
  { scope, database }: Context,
  session: Session,
  schemas: readonly string[],
): Promise<readonly string[]> {
  if (scope === 'table') return [];
  const containers = scope === 'database' ? [null] : schemas;
  const found = containers.map((schema) => leftBehind(session, { location: '', database, schema }));
  return (await Promise.all(found)).flat();
}

/** Which roles the session has, those that its own role has been granted among them. */
function rolesOf(session: Session) {
  const known = new Map<string, boolean>();
  return {
    has: (role: string): boolean => known.get(role) ?? false,
    /** Documentation, "IS_ROLE_IN_SESSION". */
    async ask(names: readonly string[]): Promise<void> {
      const asked = [...new Set(names)].filter((name) => !known.has(name));
      if (asked.length === 0) return;
      const [row] = await session.run(
        `select ${asked.map((name, n) => `is_role_in_session(${literal(name)}) as "${n}"`).join(', ')}`,
      );
      for (const [n, name] of asked.entries()) known.set(name, yes.parse(row?.[n]));
    },
  };
}
type Roles = ReturnType<typeof rolesOf>;

/** The privileges that the session has on something (documentation, "SHOW GRANTS"); an owner has all. null: it is not there for it. */
async function held(session: Session, roles: Roles, on: string): Promise<{ has(privilege: string): boolean } | null> {
  try {
    const rows = grantRows.parse(await session.run(`show grants on ${on}`)).filter((row) => row.granted_to === 'ROLE');
    await roles.ask(rows.map((row) => row.grantee_name));
    const own = new Set(rows.filter((row) => roles.has(row.grantee_name)).map((row) => row.privilege));
    return { has: (privilege) => own.has(privilege) || own.has('OWNERSHIP') };
  } catch (error) {
    if (error instanceof WarehouseError && (error.is === 'missing' || error.is === 'denied')) return null;
    throw error;
  }
}

/** Of the schemas of both sides, lastgreen's own, and those that are kept. */
async function ownersIn(
  { database, environment }: Context,
  session: Session,
  names: readonly Relation[],
): Promise<readonly OwnerRow[]> {
  const schemas = [...new Set([environment, CONTROL, ...names.map(({ schema }) => schema)])];
  const list = schemas.map(literal).join(', ');
  // Kept sides are called after what was live.
  const condition = `(t.SCHEMA_NAME in (${list}) or regexp_replace(t.SCHEMA_NAME, '__[Rr][0-9]+(_[Rr][0-9]+)?$', '') in (${list}))`;
  const sql = await sqlOf('examine', { database: identifier(database), schemas: condition });
  return ownerRows.parse(await orNothing(() => session.run(sql)));
}

const distinct = (rows: readonly OwnerRow[]): readonly OwnerRow[] => [
  ...new Map(rows.map((row) => [row.SCHEMA_NAME, row])).values(),
];

async function schemasOf(
  session: Session,
  roles: Roles,
  database: string,
  rows: readonly OwnerRow[],
): Promise<readonly SchemaFacts[]> {
  const found: SchemaFacts[] = [];
  for (const { SCHEMA_NAME: name, SCHEMA_OWNER: owner, IS_MANAGED_ACCESS: managed } of distinct(rows)) {
    const own = await held(session, roles, `schema ${schemaName({ database, schema: name })}`);
    const lacks = ['USAGE', 'CREATE TABLE', 'CREATE VIEW'].filter((privilege) => !own?.has(privilege));
    found.push({ name, owner, managed, isOwn: roles.has(owner), lacks });
  }
  return found;
}

/** Documentation, "SHOW WAREHOUSES". */
async function warehouseOf(session: Session, name: string): Promise<AccountFacts['warehouse']> {
  // The pattern's own letters stand for others, too: the rows are looked through.
  const rows = warehouseRows.parse(await session.run(`show warehouses like ${literal(name)}`));
  const found = rows.find((row) => row.name === name);
  return {
    name,
    size: found?.size ?? 'of unknown size',
    suspendsAfter: found ? found.auto_suspend || null : 0,
    resumes: found?.auto_resume ?? true,
  };
}

const hiddenOn = async (session: Session, relations: readonly Relation[]): Promise<readonly Relation[]> => {
  try {
    return await hiddenPolicies(session, relations);
  } catch (error) {
    // What cannot be read as a text at all is told by who owns it.
    if (error instanceof WarehouseError && error.is !== 'down') return [];
    throw error;
  }
};

/** Documentation, "QUERY_HISTORY". */
const historyOf = (database: string): string =>
  `select count(*) from table(${identifier(database)}.information_schema.query_history_by_session(result_limit => 1))`;

/** Whether the role may ask for it. */
async function works(session: Session, sql: string): Promise<boolean> {
  try {
    await session.run(sql);
    return true;
  } catch (error) {
    if (error instanceof WarehouseError && (error.is === 'denied' || error.is === 'missing')) return false;
    throw error;
  }
}

/** What the standard edition does not have is an unsupported feature there (documentation, "Snowflake editions"). */
async function editionOf(session: Session): Promise<AccountFacts['edition']> {
  try {
    await session.run('show masking policies in account');
  } catch (error) {
    if (codeOf(error) === '000002') return 'standard';
    if (!(error instanceof WarehouseError) || error.is === 'down') throw error;
  }
  return 'enterprise or higher';
}

/** The warehouse that a target names, as the engine keeps its name. */
export const wantedWarehouse = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? folded(value) : null;
