import { type Fill, filled, namesIn } from '../../domain/change.ts';
import { releaseOf } from '../../domain/ids.ts';
import { containersOf, isRelation, type Relation } from '../../domain/relation.ts';
import { type FillOptions, WarehouseError } from '../port.ts';
import { catalogIn, type SnowflakeCatalog, stateOf } from './catalog.ts';
import { assertFence } from './claim.ts';
import { idleContainers } from './containers.ts';
import type { Context } from './context.ts';
import { atTime, qualified, schemaName, wordFor } from './dialect.ts';
import { refused } from './errors.ts';
import { bind, dropIdle, type Filling, make, makingOf } from './fill-containers.ts';
import { copyDropped, dropPasts } from './fill-past.ts';
import type { Found } from './found.ts';
import { grantStatements, grantsLike } from './grants.ts';
import { protect, refuseHidden } from './protect.ts';
import { keptContainers } from './resting.ts';
import { createView } from './text/view.ts';

/** One statement after the other; each replaces what is there. */
export const fill = (ctx: Context, fills: readonly Fill[], o: FillOptions): Promise<void> =>
  ctx.open.with(
    'fill',
    async (session) => {
      const [idle, kept] = await Promise.all([idleContainers(ctx, session), keptContainers(ctx, session)]);
      const filling = fillingIn({ ctx, session, idle, kept }, fills);
      if (fills.some((one) => one.do === 'protect')) await refuseHidden(session, await filling.there(), fills);
      let asked = Number.NEGATIVE_INFINITY;
      for (const [n, one] of fills.entries()) {
        o.signal.throwIfAborted();
        if (performance.now() - asked > FENCE_MS) {
          await assertFence(ctx, session, o.fence);
          asked = performance.now();
        }
        const making = makingOf(one);
        if (making) await make(filling, making);
        else if (one.do !== 'create') {
          refuseOthers(one, filling);
          await fillOne(filling, one);
        }
        o.done?.(n + 1);
      }
      await dropPasts(filling);
    },
    { signal: o.signal, release: releaseOf(o.fence) },
  );

/** How long a fill goes on without asking whether somebody claimed a higher number, ms: readers do not see what it does. */
const FENCE_MS = 1000;

/** A fill writes to what was made for it, and to nothing else; rights are also given to what left live. */
function refuseOthers(one: Fill, { ctx, idle, kept }: Filling): void {
  const to = filled(one);
  // Dropping what is not there yet is no writing: a first release begins with it.
  if (one.do === 'drop' && !isRelation(one.what)) return;
  const name = ctx.whole ? to.database : (to.schema ?? '');
  if (!(idle.has(name) || (one.do === 'protect' && kept.has(name))))
    throw refused(`${ctx.whole ? 'database' : 'schema'} ${name} is not the idle side`, { container: name });
}

function fillingIn(shared: Pick<Filling, 'ctx' | 'session' | 'idle' | 'kept'>, fills: readonly Fill[]): Filling {
  const scope = containersOf(fills.flatMap(namesIn));
  // Who only makes and drops asks what there is.
  const bare = fills.every((one) => one.do === 'create' || one.do === 'drop');
  let catalog: Promise<SnowflakeCatalog> | null = null;
  return {
    ...shared,
    pasts: new Map(),
    there: () => (catalog ??= catalogIn(shared.ctx, shared.session, scope, { bare })),
    changed: () => {
      catalog = null;
    },
  };
}

async function fillOne(filling: Filling, one: Exclude<Fill, { do: 'create' }>): Promise<void> {
  const { session } = filling;
  switch (one.do) {
    case 'drop':
      if (isRelation(one.what)) return drop(filling, one.what);
      filling.changed();
      return dropIdle(filling, one.what);
    case 'copy':
      return copy(filling, one);
    case 'define':
      await drop(filling, one.view, 'view');
      await session.run(createView(one.view, one.sql));
      return;
    case 'bind':
      return bind(filling, one);
    case 'protect':
      return protect(filling, one, await filling.there());
    case 'refer':
      // Keys are not enforced here (documentation, "Overview of Constraints"), and a clone brings its own along.
      return;
  }
}

/** Documentation, "DROP TABLE", "DROP VIEW", "DROP DYNAMIC TABLE". */
async function drop({ session, there }: Filling, relation: Relation, but: string | null = null): Promise<void> {
  const found = (await there()).find(relation);
  if (found && found.kind !== but) await session.run(`drop ${wordFor(found.kind)} if exists ${qualified(relation)}`);
}

async function copy(filling: Filling, one: Extract<Fill, { do: 'copy' }>): Promise<void> {
  const { session } = filling;
  const { from, to, at } = one;
  if (!isRelation(from) || !isRelation(to)) throw refused('a container is not copied to a relation');
  const catalog = await filling.there();
  const found = catalog.find(from);
  if (filling.ctx.whole) await schemaFor(to, filling);
  if (at !== undefined && (!found || found.created !== one.id))
    return drop(filling, to).then(() => copyDropped(filling, { from, to, at }));
  if (!found) throw new WarehouseError('missing', `there is no ${qualified(from)}`, { relation: qualified(from) });
  // In a database that will have this one's name it reads what lies beside it, once it is bound.
  if (found.definition !== null && filling.ctx.whole) {
    await drop(filling, to, 'view');
    await session.run(createView(to, found.definition));
    return;
  }
  if (found.kind !== 'table') throw refused(`${qualified(from)} is a ${found.kind}: only tables have a clone`);
  const state = stateOf(found);
  if (one.id !== null && state.is === 'object' && state.id !== one.id)
    throw new WarehouseError('drifted', `${qualified(from)} is not the relation any more that was to be copied`, {
      expected: one.id,
    });
  await drop(filling, to, 'table');
  await session.run(`${cloneStatement(found, to, at)} copy grants`);
  const wanted = grantsLike(found.protection, null, { revoked: one.revoked ?? [] });
  for (const statement of grantStatements({ relation: to, kind: 'table' }, found.protection, wanted))
    await session.run(statement);
}

/** A copy of a database need not have every schema that live has by now (documentation, "CREATE SCHEMA"). */
async function schemaFor({ database, schema }: Relation, { session, there }: Filling): Promise<void> {
  const isThere = (await there()).relations.some(
    ({ relation }) => relation.database === database && relation.schema === schema,
  );
  if (!isThere) await session.run(`create schema if not exists ${schemaName({ database, schema })}`);
}

/** A transient table has no permanent clone (documentation, "CREATE <object> ... CLONE"). */
const cloneStatement = (
  { relation, transient }: Pick<Found, 'relation' | 'transient'>,
  to: Relation,
  at?: string,
): string =>
  `create or replace ${transient ? 'transient ' : ''}table ${qualified(to)} clone ${qualified(relation)}${at === undefined ? '' : atTime(at)}`;
