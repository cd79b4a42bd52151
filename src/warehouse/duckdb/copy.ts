import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import type { Fill } from '../../domain/change.ts';
import { type Container, isRelation, type Relation } from '../../domain/relation.ts';
import { relationId } from './catalog.ts';
import type { Context } from './context.ts';
import {
  createSchema,
  defineView,
  dropRelation,
  identifier,
  indexText,
  qualified,
  schemaName,
  tableText,
} from './dialect.ts';
import { drifted, missingRelation, refused } from './errors.ts';
import { type Found, foundIn } from './found.ts';
import { rowsOf } from './rows.ts';
import { objectAt } from './sides.ts';
import { sqlFile } from './sql.ts';

/** The other file's name while it is attached; an odd one, so that no view's text means it. */
const elsewhere = 'lastgreen source';

type CopyRelation = Extract<Fill, { do: 'copy' }> & { readonly from: Relation; readonly to: Relation };

export const isRelationCopy = (fill: Fill): fill is CopyRelation =>
  fill.do === 'copy' && isRelation(fill.from) && isRelation(fill.to);

/** A file that nobody else can open: what is in it was read once, and is kept level with what is done to it. */
export interface Target {
  readonly connection: DuckDBConnection;
  readonly there: Pick<Found, 'relation' | 'kind'>[];
}

export const targetIn = async (connection: DuckDBConnection, container: Container): Promise<Target> => ({
  connection,
  there: [...(await foundIn(connection, container))],
});

export async function copyRelation(ctx: Context, target: Target, fill: CopyRelation): Promise<void> {
  const { from, to } = fill;
  const file = await objectAt(ctx, from.location);
  if (file === null || (fill.id !== null && fill.id !== relationId(file, from)))
    throw drifted(`${from.location} is not the file any more that was to be copied from`, {
      relations: [from.identifier],
      id: file,
    });
  if (from.location === to.location) return replace(target, from, from, to);
  const source = { path: from.location, database: elsewhere };
  return ctx.open.attached(target.connection, source, () =>
    replace(target, { ...from, database: elsewhere }, from, to),
  );
}

/** `source`: where it is read; `from`: what people call it. */
async function replace(target: Target, source: Relation, from: Relation, to: Relation): Promise<void> {
  const { connection } = target;
  const { location, database } = source;
  const found = find(await foundIn(connection, { location, database, schema: null }), source);
  if (found === undefined) throw missingRelation(from);
  await connection.run(createSchema(to.database, to.schema));
  await dropHere(target, to);
  target.there.unshift({ relation: to, kind: found.kind });
  if (found.kind === 'table') await copyTable(connection, found, to);
  else if (found.definition !== null) await connection.run(defineView(to, found.definition));
  else await connection.run(`CREATE MACRO ${qualified(to)} ${found.text}`);
}

const find = <F extends Pick<Found, 'relation'>>(found: readonly F[], { schema, identifier: name }: Relation) =>
  found.find(
    ({ relation }) =>
      relation.schema.toLowerCase() === schema.toLowerCase() &&
      relation.identifier.toLowerCase() === name.toLowerCase(),
  );

/** Takes a relation away whatever its kind; absent is no error. Views that read it stay, they are bound by name. */
export async function dropHere({ connection, there }: Target, relation: Relation): Promise<void> {
  const found = find(there, relation);
  if (found === undefined) return;
  await connection.run(dropRelation(found.relation, found.kind));
  there.splice(there.indexOf(found), 1);
}

/** Makes a view, in place of whatever has its name. */
export async function defineHere(target: Target, view: Relation, query: string): Promise<void> {
  await target.connection.run(createSchema(view.database, view.schema));
  await dropHere(target, view);
  target.there.unshift({ relation: view, kind: 'view' });
  await target.connection.run(defineView(view, query));
}

const parts = z.array(z.object({ kind: z.enum(['sequence', 'table', 'index']), name: z.string(), text: z.string() }));

/**
 * From the engine's own text, so that types, defaults, NOT NULL, keys, checks and indexes are as they were. A sequence
 * that is there already keeps its place.
 */
async function copyTable(connection: DuckDBConnection, found: Found, to: Relation): Promise<void> {
  const source = found.relation;
  const asked = { database: source.database, schema: source.schema, name: source.identifier };
  const made = parts.parse(rowsOf(await connection.runAndReadAll(await sqlFile('table'), asked)));
  // The text names sequences and keys of the same schema without it.
  await connection.run(`USE ${schemaName(to.database, to.schema)}`);
  try {
    for (const { text } of made.filter(({ kind }) => kind === 'sequence'))
      await connection.run(text.replace(/^CREATE SEQUENCE /, 'CREATE SEQUENCE IF NOT EXISTS '));
    const table = made.find(({ kind }) => kind === 'table')?.text ?? '';
    await connection.run(rewritten(tableText(table, to), table));
    await copyRows(connection, found, to, table);
    for (const { text } of made.filter(({ kind }) => kind === 'index'))
      await connection.run(rewritten(indexText(text, to), text));
  } finally {
    await connection.run(`USE ${identifier(to.database)}`);
  }
}

function rewritten(text: string | null, original: string): string {
  if (text === null) throw refused(`DuckDB's own text cannot be read: ${original}`);
  return text;
}

async function copyRows(
  connection: DuckDBConnection,
  { relation: source, columns }: Found,
  to: Relation,
  table: string,
): Promise<void> {
  const generated = (name: string, type: string) =>
    [name, identifier(name)].some((said) => table.includes(`${said} ${type} GENERATED ALWAYS AS(`));
  const names = columns.filter(({ name, type }) => !generated(name, type)).map(({ name }) => identifier(name));
  const list = names.join(', ');
  await connection.run(`INSERT INTO ${qualified(to)} (${list}) SELECT ${list} FROM ${qualified(source)}`);
}
