import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LiveLook } from '../../domain/cutover.ts';
import { type Container, contains, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { contentQuery } from './dialect.ts';
import type { Found, Known } from './found.ts';
import { knownIn } from './known.ts';
import { plainRow } from './rows.ts';
import { realFile } from './sides.ts';

type Fingerprint = readonly [Relation, string];

/** What is in each relation now. What is asked for and not there is `absent`. */
export async function look(ctx: Context, scope: readonly Container[], asked?: readonly Relation[]): Promise<LiveLook> {
  const fingerprints: Fingerprint[] = [];
  const tokens: string[] = [asked === undefined ? 'all' : 'some'];
  for (const container of scope) {
    const mine = asked?.filter((relation) => contains(container, relation));
    const seen = await lookAt(ctx, container, mine);
    fingerprints.push(...seen.fingerprints);
    tokens.push(seen.token);
  }
  return { fingerprints, token: tokens.join('|') };
}

async function lookAt(ctx: Context, container: Container, asked?: readonly Relation[]): Promise<LiveLook> {
  const { location: path, database } = container;
  if ((await realFile(ctx, path)) === null)
    return { fingerprints: (asked ?? []).map((one) => [one, 'absent']), token: 'absent' };
  return ctx.open.with({ path, database, how: 'read' }, async (connection) => {
    const known = await knownIn(ctx, connection, container);
    return { fingerprints: await fingerprintsIn(connection, known, asked), token: known.token };
  });
}

/** Of the open file that is known. */
export async function fingerprintsIn(
  connection: DuckDBConnection,
  { found, prints }: Known,
  asked?: readonly Relation[],
): Promise<readonly Fingerprint[]> {
  const keyOf = ({ schema, identifier }: Relation) => JSON.stringify([schema.toLowerCase(), identifier.toLowerCase()]);
  const byKey = new Map(found.toReversed().map((one) => [keyOf(one.relation), one]));
  const all: Fingerprint[] = [];
  for (const relation of asked ?? [...byKey.values()].toReversed().map((one) => one.relation)) {
    const one = byKey.get(keyOf(relation));
    const print = one === undefined ? 'absent' : (prints.get(one) ?? (await fingerprint(connection, one)));
    if (one !== undefined) prints.set(one, print);
    all.push([relation, print]);
  }
  return all;
}

async function fingerprint(
  connection: DuckDBConnection,
  { kind, columns, relation, definition, text }: Found,
): Promise<string> {
  const content = kind === 'table' ? await contentOf(connection, relation, columns) : (definition ?? text);
  const layout = kind === 'table' ? columns.map(({ name, type, nullable }) => [name, type, nullable]) : [];
  return `${kind.replace(' ', '-')}:${createHash('sha256')
    .update(JSON.stringify([layout, content]))
    .digest('hex')}`;
}

async function contentOf(
  connection: DuckDBConnection,
  relation: Relation,
  columns: Found['columns'],
): Promise<unknown> {
  const result = await connection.runAndReadAll(
    contentQuery(
      relation,
      columns.map(({ name }) => name),
    ),
  );
  return result.getRowObjects().map(plainRow);
}
