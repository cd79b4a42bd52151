import { type Fill, filled, type Protect } from '../../domain/change.ts';
import type { Fence } from '../../domain/ids.ts';
import { isCallable } from '../../domain/kind.ts';
import { isRelation, type Name, nameKey, type Relation } from '../../domain/relation.ts';
import { type FillOptions, WarehouseError } from '../port.ts';
import { type Found, followingSchemas, foundIn, inReadingOrder, tiesIn } from './catalog.ts';
import { assertFence } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier, literal, qualified, spoken, wordFor } from './dialect.ts';
import { drifted, refused } from './errors.ts';
import { freeOfKeys, refer } from './keys.ts';
import { protectResting, protectStatement } from './protect.ts';

/** Each fill is a transaction of its own, and replaces what is there. */
export const fill = (ctx: Context, fills: readonly Fill[], o: FillOptions): Promise<void> =>
  ctx.open.with(
    `fill ${o.fence}`,
    async (session) => {
      await assertFence(ctx, session, o.fence);
      await makeSchemas(ctx, session, fills);
      await refuseOthers(ctx, session, fills);
      await refuseOutsiders(ctx, session, fills);
      const parts = partsOf(fills, await idleSchemas(ctx, session));
      for (const [n, part] of parts.entries()) {
        o.signal.throwIfAborted();
        if (n > 0) await assertFence(ctx, session, o.fence);
        await part.act(ctx, session);
        for (const at of part.fills) o.done?.(at + 1);
      }
    },
    { signal: o.signal },
  );

/** Tables are counted from the moment their writers that have begun are done; views have no writes of their own. */
export const countWrites = (
  ctx: Context,
  relations: readonly Relation[],
  o: { readonly fence: Fence; readonly signal: AbortSignal },
): Promise<void> =>
  ctx.open.with(
    `fill ${o.fence}`,
    async (session) => {
      await assertFence(ctx, session, o.fence);
      for (const relation of relations)
        await session.run(`select lastgreen.count_writes(array_remove(array[to_regclass($1)::oid], null))`, [
          qualified(relation),
        ]);
    },
    { signal: o.signal },
  );

async function fillOne(ctx: Context, session: Session, one: Fill): Promise<void> {
  switch (one.do) {
    case 'create':
      // Made before anything is asked of it.
      return;
    case 'drop':
      return isRelation(one.what)
        ? dropRelations(ctx, session, [one.what])
        : dropSchema(ctx, session, schemaOf(one.what));
    case 'copy':
      return copy(ctx, session, one);
    case 'define':
      await dropRelations(ctx, session, [one.view]);
      await session.run(`create view ${qualified(one.view)} as ${one.sql}`);
      return;
    case 'protect':
      await session.run(protectStatement(one));
      return;
    case 'refer':
      return refer(ctx, session, one);
    case 'bind':
      throw refused('views here are bound to what they read');
  }
}

/** What is done at once, and which of the fills that is. */
interface Part {
  readonly fills: readonly number[];
  readonly act: (ctx: Context, session: Session) => Promise<unknown>;
}

/** Each by itself; but rights of what rests are given to many at once: somebody waits for a rollback. */
function partsOf(fills: readonly Fill[], idle: ReadonlySet<string>): readonly Part[] {
  const isResting = (one: Fill): one is Protect => one.do === 'protect' && !idle.has(one.idle.schema);
  const resting = [...fills.entries()].flatMap(([at, one]) => (isResting(one) ? [{ at, one }] : []));
  const parts = [...fills.entries()].flatMap(([at, one]): readonly Part[] =>
    isResting(one) ? [] : [{ fills: [at], act: (ctx, session) => fillOne(ctx, session, one) }],
  );
  for (let from = 0; from < resting.length; from += BATCH) {
    const some = resting.slice(from, from + BATCH);
    const act = (_: Context, session: Session) =>
      protectResting(
        session,
        some.map(({ one }) => one),
      );
    parts.push({ fills: some.map(({ at }) => at), act });
  }
  return parts;
}

/** A schema that is there already is taken for an idle side only where nothing is in it. */
async function makeSchemas(ctx: Context, session: Session, fills: readonly Fill[]): Promise<void> {
  for (const one of fills) {
    if (one.do !== 'create') continue;
    const schema = schemaOf(one.container);
    const [row] = await session.run(
      `select exists (select from lastgreen.idle where schema_name = $1) as known,
         exists (select from pg_namespace n where n.nspname = $1 and (
           exists (select from pg_class c where c.relnamespace = n.oid) or exists (select from pg_proc p where p.pronamespace = n.oid))) as used`,
      [schema],
    );
    if (row?.['known'] !== true && row?.['used'] === true)
      throw refused(`schema ${schema} is to be the idle side, and holds what no release of lastgreen built`, {
        schema,
      });
    await session.script(
      `begin; create schema if not exists ${identifier(schema)}; insert into lastgreen.idle (environment, schema_name, live) values (${literal(ctx.environment)}, ${literal(schema)}, ${one.like ? literal(schemaOf(one.like)) : 'null'}) on conflict (schema_name) do update set live = excluded.live where idle.environment = excluded.environment; commit;`,
    );
    if (one.like) await session.run('select lastgreen.default_rights($1, $2)', [schemaOf(one.like), schema]);
  }
}

/** A fill writes to schemas that were made for it, and to no other; rights are also given to what left live. */
async function refuseOthers(ctx: Context, session: Session, fills: readonly Fill[]): Promise<void> {
  const [idle, own] = [await idleSchemas(ctx, session), await followingSchemas(ctx, session)];
  const isOther = (one: Fill): boolean => {
    const { schema } = filled(one);
    return schema === null || !(one.do === 'protect' ? own : idle).has(schema);
  };
  const other = fills.filter(isOther).map(filled)[0];
  if (other) throw refused(`schema ${other.schema ?? ''} is not the idle side`, { schema: other.schema });
}

export async function idleSchemas(ctx: Context, session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.run('select schema_name from lastgreen.idle where environment = $1', [ctx.environment]);
  return new Set(rows.map((row) => String(row['schema_name'])));
}

async function copy(ctx: Context, session: Session, one: Extract<Fill, { do: 'copy' }>): Promise<void> {
  const { from, to } = one;
  if (!isRelation(from) || !isRelation(to)) throw refused('a schema has no copy here: its tables have');
  const [row] = await session.run('select to_regclass($1)::oid::text as id, to_regproc($1) is not null as function', [
    qualified(from),
  ]);
  const id = row?.['id'] ?? null;
  if (id === null && row?.['function'] === true) throw refused(`${qualified(from)} is a function: it has no copy`);
  if (id === null) throw new WarehouseError('missing', `there is no ${qualified(from)}`, { relation: qualified(from) });
  if (one.id !== null && id !== one.id)
    throw drifted(`${qualified(from)} is not the relation any more that was to be copied`, { id, expected: one.id });
  await dropRelations(ctx, session, [to]);
  await session.run('select lastgreen.copy_table($1::oid, $2, $3)', [id, to.schema, to.identifier]);
  if (one.revoked)
    await session.run('select lastgreen.withdraw($1::regclass, $2)', [qualified(to), JSON.stringify(one.revoked)]);
}

const schemaOf = (name: Name): string => {
  if (isRelation(name) || name.schema === null) throw refused('only schemas are made and dropped here');
  return name.schema;
};

/** What dbt would drop together with a relation of the idle side (DROP ... CASCADE) must not be anybody else's. */
async function refuseOutsiders(ctx: Context, session: Session, fills: readonly Fill[]): Promise<void> {
  const written = fills.filter((one) => one.do !== 'protect');
  const schemas = new Set(written.map((one) => filled(one).schema).filter((schema) => schema !== null));
  const scope = [...schemas].map((schema) => ({ location: '', database: ctx.database, schema }));
  const outside = (await tiesIn(ctx, session, scope)).filter(
    (tie) => tie.does !== 'refers' && tie.schema !== null && !schemas.has(tie.schema),
  );
  if (outside.length > 0)
    throw refused(
      `the idle side is used from outside of it: ${outside.map(({ to, what }) => `${spoken(to)} by ${what}`).join(', ')}`,
      { relations: outside.map(({ to }) => qualified(to)) },
    );
}

/** As many as one transaction drops: each takes a lock of its own (documentation, "max_locks_per_transaction"). */
const BATCH = 200;

/**
 * With what depends on them in the same schemas, never beyond (no CASCADE): whatever that would be is told by
 * `refuseOutsiders`, or by the engine.
 */
async function dropRelations(ctx: Context, session: Session, relations: readonly Relation[]): Promise<void> {
  const scope = [...new Set(relations.map(({ schema }) => schema))].map((schema) => ({
    location: '',
    database: ctx.database,
    schema,
  }));
  const found = await foundIn(ctx, session, scope);
  const wanted = withReaders(new Set(relations.map(nameKey)), found);
  const going = inReadingOrder(found.filter(({ relation }) => wanted.has(nameKey(relation))));
  for (let at = 0; at < going.length; at += BATCH) {
    const batch = going.slice(at, at + BATCH);
    await freeOfKeys(
      ctx,
      session,
      batch.filter(({ kind }) => !isCallable(kind)).map(({ relation }) => relation),
    );
    const drops = batch.map(dropOf);
    await session.script(`begin; ${drops.join('; ')}; commit;`);
  }
}

const dropOf = ({ relation, kind }: Found): string =>
  isCallable(kind)
    ? `select lastgreen.drop_functions(${literal(relation.schema)}, ${literal(relation.identifier)})`
    : `drop ${wordFor(kind)} if exists ${qualified(relation)}`;

/** Views on views on the relations, too. */
function withReaders(wanted: ReadonlySet<string>, found: readonly Found[]): ReadonlySet<string> {
  const all = new Set(wanted);
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    for (const { relation, reads } of found)
      if (reads.some((read) => all.has(nameKey(read)))) all.add(nameKey(relation));
  }
  return all;
}

/** Everything in it first, in batches; the schema itself last. */
export async function dropSchema(ctx: Context, session: Session, schema: string): Promise<void> {
  const [row] = await session.run('select to_regnamespace($1) is not null as yes', [identifier(schema)]);
  if (row?.['yes'] !== true) return;
  const found = await foundIn(ctx, session, [{ location: '', database: ctx.database, schema }]);
  await dropRelations(
    ctx,
    session,
    found.map(({ relation }) => relation),
  );
  await session.script(
    `begin; delete from lastgreen.kept where schema_name = ${literal(schema)}; delete from lastgreen.kept_view where schema_name = ${literal(schema)}; delete from lastgreen.idle where schema_name = ${literal(schema)}; drop schema if exists ${identifier(schema)}; commit;`,
  );
}
