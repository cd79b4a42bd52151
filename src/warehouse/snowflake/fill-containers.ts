import type { Fill } from '../../domain/change.ts';
import { type Container, contains, displayName, isRelation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import type { SnowflakeCatalog } from './catalog.ts';
import type { Session } from './connect.ts';
import { containerName, grantsLike, madeContainers, ownName, wordOf } from './containers.ts';
import { type Context, control } from './context.ts';
import { atTime, folded, identifier, schemaOf } from './dialect.ts';
import { refused } from './errors.ts';
import type { Found } from './found.ts';
import { futureGrants } from './future.ts';
import { ownerStatement } from './grants.ts';
import { refuseLeftBehind } from './left-behind.ts';
import { tagsLikeSchema } from './likeness.ts';
import { rulesIn } from './tags.ts';
import { createView, definitionOf, type View } from './text/view.ts';
import { guardsOf, leftOut, withGuards } from './text/view-guards.ts';
import { withoutDatabase } from './text/without-database.ts';

/** What all fills of one call share. */
export interface Filling {
  readonly ctx: Context;
  readonly session: Session;
  /** Containers that releases are built in, by their names in the control tables. */
  readonly idle: Set<string>;
  /** Those that hold what left live, by the same names. */
  readonly kept: ReadonlySet<string>;
  /** Clones of schemas as they were at a time, by both. */
  readonly pasts: Map<string, Container>;
  /** What there is in every container that the fills name, read when it is first asked for. */
  readonly there: () => Promise<SnowflakeCatalog>;
  /** It is read again when it is asked for next. */
  readonly changed: () => void;
}

/** Fills that make a container. */
export type Making =
  | Extract<Fill, { do: 'create' }>
  | (Extract<Fill, { do: 'copy' }> & { readonly from: Container; readonly to: Container });

export function makingOf(one: Fill): Making | null {
  if (one.do === 'create') return one;
  if (one.do !== 'copy' || isRelation(one.to) || isRelation(one.from)) return null;
  return { ...one, from: one.from, to: one.to };
}

/**
 * What is there already is taken for an idle side only where nothing is in it.
 * Source: Snowflake documentation, "CREATE DATABASE", "CREATE SCHEMA".
 */
export async function make(filling: Filling, one: Making): Promise<void> {
  const { ctx, session, idle, there, changed } = filling;
  const container = one.do === 'create' ? one.container : one.to;
  const name = ownName(container);
  if (!idle.has(name)) {
    const catalog = await there();
    if (catalog.relations.some(({ relation }) => contains(container, relation)))
      throw refused(
        `${wordOf(container)} ${displayName(container)} is to be the idle side, and holds what no release of lastgreen built`,
        { container: name },
      );
    const like = one.do === 'create' ? one.like : one.from;
    await session.run(`insert into ${control(ctx, 'IDLE')} (ENVIRONMENT, NAME, LIVE) values (?, ?, ?)`, [
      ctx.environment,
      name,
      like ? ownName(like) : null,
    ]);
    idle.add(name);
  }
  if (one.do === 'copy') await copyContainer(filling, one);
  else await session.run(`create ${wordOf(container)} if not exists ${containerName(container)}`);
  if (one.do === 'create' && one.like && container.schema !== null) {
    for (const statement of await tagsLikeSchema(session, one.like, container)) await session.run(statement);
    await futureGrants(ctx, session, schemaOf(one.like), schemaOf(container));
  }
  changed();
}

/**
 * The grants of what is in it come along, and its future grants; its own do not. What was transient has no permanent
 * copy (Snowflake documentation, "CREATE <object> ... CLONE").
 */
async function copyContainer(
  { session, there }: Filling,
  { from, to, id, at }: Extract<Making, { do: 'copy' }>,
): Promise<void> {
  if ((from.schema === null) !== (to.schema === null)) throw refused('a schema is no copy of a database');
  const catalog = await there();
  const state = catalog.state(from);
  if (state.is !== 'object')
    throw new WarehouseError('missing', `there is no ${wordOf(from)} ${displayName(from)}`, {
      container: displayName(from),
    });
  if (id !== null && state.id !== id)
    throw new WarehouseError(
      'drifted',
      `${displayName(from)} is not the ${wordOf(from)} any more that was to be copied`,
      {
        expected: id,
      },
    );
  await refuseLeftBehind(session, from, catalog.relations);
  const word = await wordForCopy(session, from);
  const then = at === undefined ? '' : `${atTime(at)} ignore tables with insufficient data retention`;
  await session.run(`create or replace ${word} ${containerName(to)} clone ${containerName(from)}${then}`);
  for (const grant of await grantsLike(session, { live: from, other: to })) await session.run(grant);
}

/** A transient one has no permanent clone (documentation, "CREATE <object> ... CLONE"). */
async function wordForCopy(session: Session, { database, schema }: Container): Promise<string> {
  const [view, column] = schema === null ? ['DATABASES', 'DATABASE_NAME'] : ['SCHEMATA', 'SCHEMA_NAME'];
  const ask = `select IS_TRANSIENT from ${identifier(database)}.INFORMATION_SCHEMA.${view} where ${column} = ?`;
  const [row] = await session.run(ask, [schema ?? database]);
  const word = schema === null ? 'database' : 'schema';
  return row?.['IS_TRANSIENT'] === 'YES' ? `transient ${word}` : word;
}

/**
 * With all that is in it (documentation, "DROP DATABASE", "DROP SCHEMA"). Throws `refused` for what is no idle side and is
 * there.
 */
export async function dropIdle(
  { ctx, session, idle }: Pick<Filling, 'ctx' | 'session' | 'idle'>,
  container: Container,
): Promise<void> {
  const name = ownName(container);
  if (!idle.has(name)) {
    if (!(await madeContainers(ctx, session)).has(containerName(container))) return;
    throw refused(`${name} is no idle side: readers have, or had, what is in it`, { container: name });
  }
  await session.run(`drop ${wordOf(container)} if exists ${containerName(container)}`);
  if (!ctx.whole) await session.run(`delete from ${control(ctx, 'RESTING')} where SCHEMA_NAME = ?`, [name]);
  await session.run(`delete from ${control(ctx, 'IDLE')} where ENVIRONMENT = ? and NAME = ?`, [ctx.environment, name]);
  idle.delete(name);
}

/** A view that is made anew has the policies that its text says, and belongs to the role that makes it. */
async function define(session: Session, found: Found, view: View): Promise<void> {
  const { relation, columns, protection } = found;
  const own = withGuards(
    view,
    leftOut(view, found),
    columns.map(({ name }) => name),
  );
  if (own === null)
    throw refused(
      `${displayName(relation)} has to be made anew, and its text has no place for ${rulesIn(found, found.home).join(', ')}`,
      {
        relation: displayName(relation),
      },
    );
  await session.run(createView(relation, definitionOf(own)));
  if (protection && protection.owner !== '') await session.run(ownerStatement(found, folded(protection.owner)));
}

/** Names of two parts are of the view's own database, wherever that goes (Snowflake documentation, "CREATE VIEW"). */
export async function bind(
  { session, there, changed }: Filling,
  { container, away }: Extract<Fill, { do: 'bind' }>,
): Promise<void> {
  // dbt has been here since.
  changed();
  const databases = away.map(({ database }) => database);
  const views = (await there()).relations.filter(
    ({ relation, kind }) => kind === 'view' && contains(container, relation),
  );
  const unreadable: string[] = [];
  for (const found of views) {
    const { relation, view } = found;
    const text = view === null ? 'unreadable' : withoutDatabase(view.query, relation, databases);
    if (view === null || text === 'unreadable') {
      unreadable.push(displayName(relation));
      continue;
    }
    const names = databases.map((name) => [name]);
    const bound = { ...view, ...text, head: guardsOf(view.head, names, [relation.database]) };
    if (bound.query !== view.query || bound.head !== view.head) await define(session, found, bound);
  }
  if (unreadable.length > 0)
    throw refused(
      `nobody can tell what ${unreadable.join(', ')} would read when ${displayName(container)} has another name`,
      { relations: unreadable },
    );
  changed();
}
