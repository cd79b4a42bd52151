import { type Fill, filled } from '../../domain/change.ts';
import { type Fence, releaseOf } from '../../domain/ids.ts';
import { type Container, isRelation, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { catalogIn, keptSchemas, type SnowflakeCatalog, stateOf } from './catalog.ts';
import { assertFence } from './claim.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { literal, qualified, schemaName, schemaOf, wordFor } from './dialect.ts';
import { refused } from './errors.ts';
import type { Found } from './found.ts';
import { futureGrants } from './future.ts';
import { grantStatements, grantsLike } from './grants.ts';
import { createView } from './text/view.ts';

export interface FillOptions {
  readonly fence: Fence;
  readonly signal: AbortSignal;
  readonly done?: (n: number) => void;
}

/** One statement after the other; each replaces what is there. */
export const fill = (ctx: Context, fills: readonly Fill[], o: FillOptions): Promise<void> =>
  ctx.open.with(
    'fill',
    async (session) => {
      const idle = await idleSchemas(ctx, session);
      const kept = await keptSchemas(ctx, session);
      const catalog = await catalogIn(ctx, session, schemasOf(ctx, fills));
      const filling: Filling = { ctx, session, catalog, emptied: new Set() };
      let asked = Number.NEGATIVE_INFINITY;
      for (const [n, one] of fills.entries()) {
        o.signal.throwIfAborted();
        if (performance.now() - asked > FENCE_MS) {
          await assertFence(ctx, session, o.fence);
          asked = performance.now();
        }
        if (one.do === 'create') idle.add(await create(filling, one));
        else {
          refuseOthers(one, { idle, kept });
          await fillOne(filling, one);
        }
        o.done?.(n + 1);
      }
    },
    { signal: o.signal, release: releaseOf(o.fence) },
  );

/** How long a fill goes on without asking whether somebody claimed a higher number, ms: readers do not see what it does. */
const FENCE_MS = 1000;

/** A fill writes to schemas that were made for it, and to no other; rights are also given to what left live. */
function refuseOthers(
  one: Fill,
  { idle, kept }: { readonly idle: ReadonlySet<string>; readonly kept: ReadonlySet<string> },
): void {
  const { schema } = filled(one);
  // Dropping what is not there yet is no writing: a first release begins with it.
  if (one.do === 'drop' && !isRelation(one.what)) return;
  if (schema === null || !(idle.has(schema) || (one.do === 'protect' && kept.has(schema))))
    throw refused(`schema ${schema ?? ''} is not the idle side`, { schema });
}

/** What all fills of one call share; the catalog is from before the first of them. */
interface Filling {
  readonly ctx: Context;
  readonly session: Session;
  readonly catalog: SnowflakeCatalog;
  /** Schemas that were dropped since. */
  readonly emptied: Set<string>;
}

/** Every schema that fills read from or write to. */
function schemasOf({ database }: Context, fills: readonly Fill[]): readonly Container[] {
  const schemas = fills.flatMap((one) => [
    filled(one).schema,
    ...(one.do === 'copy' ? [one.from.schema] : one.do === 'protect' ? [one.live.schema] : []),
  ]);
  const names = new Set(schemas.filter((schema) => schema !== null));
  return [...names].map((schema) => ({ location: '', database, schema }));
}

async function fillOne(filling: Filling, one: Exclude<Fill, { do: 'create' }>): Promise<void> {
  const { ctx, session } = filling;
  switch (one.do) {
    case 'drop':
      if (isRelation(one.what)) return drop(filling, one.what);
      filling.emptied.add(schemaOf(one.what));
      return dropIdle(ctx, session, schemaOf(one.what));
    case 'copy':
      return copy(filling, one);
    case 'define':
      await drop(filling, one.view, 'view');
      await session.run(createView(one.view, one.sql));
      return;
    case 'protect':
      return protect(filling, one);
    case 'refer':
      // Keys are not enforced here (documentation, "Overview of Constraints"), and a clone brings its own along.
      return;
  }
}

/** A schema that is there already is taken for an idle side only where nothing is in it. Returns its name. */
async function create(
  { ctx, session, catalog, emptied }: Filling,
  { container, like }: Extract<Fill, { do: 'create' }>,
): Promise<string> {
  const schema = schemaOf(container);
  const isKnown = (await idleSchemas(ctx, session)).has(schema);
  if (!isKnown) {
    if (!emptied.has(schema) && catalog.relations.some(({ relation }) => relation.schema === schema))
      throw refused(`schema ${schema} is to be the idle side, and holds what no release of lastgreen built`, {
        schema,
      });
    await session.run(
      `insert into ${control(ctx, 'IDLE')} (ENVIRONMENT, SCHEMA_NAME, LIVE) values (${[ctx.environment, schema].map(literal).join(', ')}, ${like ? literal(schemaOf(like)) : 'null'})`,
    );
  }
  await session.run(`create schema if not exists ${schemaName({ ...container, schema })}`);
  if (like) await futureGrants(ctx, session, schemaOf(like), schema);
  return schema;
}

export async function idleSchemas(ctx: Context, session: Session): Promise<Set<string>> {
  const rows = await session.run(`select SCHEMA_NAME from ${control(ctx, 'IDLE')} where ENVIRONMENT = ?`, [
    ctx.environment,
  ]);
  return new Set(rows.map((row) => String(row['SCHEMA_NAME'])));
}

async function drop(
  { session, catalog, emptied }: Filling,
  relation: Relation,
  but: string | null = null,
): Promise<void> {
  const found = emptied.has(relation.schema) ? null : catalog.find(relation);
  if (found && found.kind !== but) await session.run(`drop ${wordFor(found.kind)} if exists ${qualified(relation)}`);
}

/** With all that is in it. Throws `refused` for a schema that is no idle side and is there. */
export async function dropIdle(ctx: Context, session: Session, schema: string): Promise<void> {
  const container = { location: '', database: ctx.database, schema };
  if (!(await idleSchemas(ctx, session)).has(schema)) {
    if ((await catalogIn(ctx, session, [container], { whole: false })).state(container).is === 'absent') return;
    throw refused(`${schema} is no idle side: readers have, or had, what is in it`, { schema });
  }
  await session.run(`drop schema if exists ${schemaName(container)}`);
  await session.run(`delete from ${control(ctx, 'RESTING')} where SCHEMA_NAME = ?`, [schema]);
  await session.run(`delete from ${control(ctx, 'IDLE')} where ENVIRONMENT = ? and SCHEMA_NAME = ?`, [
    ctx.environment,
    schema,
  ]);
}

async function copy(filling: Filling, one: Extract<Fill, { do: 'copy' }>): Promise<void> {
  const { session, catalog } = filling;
  const { from, to } = one;
  if (!isRelation(from) || !isRelation(to)) throw refused('a schema has no copy here: its tables have');
  const found = catalog.find(from);
  if (!found) throw new WarehouseError('missing', `there is no ${qualified(from)}`, { relation: qualified(from) });
  if (found.kind !== 'table') throw refused(`${qualified(from)} is a ${found.kind}: only tables have a clone`);
  const state = stateOf(found);
  if (one.id !== null && state.is === 'object' && state.id !== one.id)
    throw new WarehouseError('drifted', `${qualified(from)} is not the relation any more that was to be copied`, {
      expected: one.id,
    });
  await drop(filling, to, 'table');
  await session.run(`${cloneStatement(found, to)} copy grants`);
  const wanted = grantsLike(found.protection, null, { revoked: one.revoked ?? [] });
  for (const statement of grantStatements({ relation: to, kind: 'table' }, found.protection, wanted))
    await session.run(statement);
}

/** A transient table has no permanent clone (documentation, "CREATE <object> ... CLONE"). */
export const cloneStatement = ({ relation, transient }: Pick<Found, 'relation' | 'transient'>, to: Relation): string =>
  `create or replace ${transient ? 'transient ' : ''}table ${qualified(to)} clone ${qualified(relation)}`;

async function protect(
  { ctx, session, catalog }: Filling,
  { live, idle, revoked, restored }: Extract<Fill, { do: 'protect' }>,
): Promise<void> {
  const [was, is] = [catalog.find(live), catalog.find(idle)];
  if (!was || !is) return;
  const isResting = (await keptSchemas(ctx, session)).has(idle.schema);
  const rules = { revoked: revoked ?? [], ...(isResting ? { restored: restored ?? [] } : {}) };
  const wanted = grantsLike(was.protection, is.protection, rules);
  if (is.recorded) {
    const protection = { ...(was.protection ?? is.protection), grants: wanted.map((what) => ({ what, column: null })) };
    await session.run(`update ${control(ctx, 'RESTING')} set PROTECTION = ? where SCHEMA_NAME = ? and NAME = ?`, [
      JSON.stringify(protection),
      idle.schema,
      idle.identifier,
    ]);
    return;
  }
  for (const statement of grantStatements(is, is.protection, wanted)) await session.run(statement);
}
