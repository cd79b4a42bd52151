import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LiveLook, Seal } from '../../domain/cutover.ts';
import { type Container, contains, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { contentQuery } from './dialect.ts';
import type { Found, Known } from './found.ts';
import { knownIn } from './known.ts';
import { type Row, rowsOf } from './rows.ts';
import { realFile } from './sides.ts';
import { wholeToken } from './token.ts';

type Fingerprint = readonly [Relation, string];

/** What is in each relation now. What is asked for and not there is `absent`. */
export async function look(
  ctx: Context,
  scope: readonly Container[],
  asked?: readonly Relation[],
  sealed: Seal | null = null,
): Promise<LiveLook> {
  if (asked === undefined && sealed !== null && (await wholeToken(ctx, scope)) === sealed.token)
    return { fingerprints: moved(sealed, scope), token: sealed.token };
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

/** A sealed side is live under another name. */
function moved({ sides, fingerprints }: Seal, scope: readonly Container[]): readonly Fingerprint[] {
  const now = new Map(sides.map(({ location }, n) => [location, scope[n]?.location ?? location]));
  return fingerprints.map(([relation, print]) => [
    { ...relation, location: now.get(relation.location) ?? relation.location },
    print,
  ]);
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
  const relations = asked ?? [...byKey.values()].toReversed().map((one) => one.relation);
  const here = relations.map((relation) => [relation, byKey.get(keyOf(relation))] as const);
  const unprinted = new Set(here.flatMap(([, one]) => (one === undefined || prints.has(one) ? [] : [one])));
  const contents = await contentsOf(
    connection,
    [...unprinted].filter(({ kind }) => kind === 'table'),
  );
  for (const one of unprinted) prints.set(one, fingerprint(one, contents.get(one)));
  return here.map(([relation, one]) => [relation, (one && prints.get(one)) ?? 'absent']);
}

function fingerprint(one: Found, rows: unknown): string {
  const { kind, columns, definition, text } = one;
  const content = kind === 'table' ? rows : (definition ?? text);
  const layout = kind === 'table' ? columns.map(({ name, type, nullable }) => [name, type, nullable]) : [];
  return `${kind.replace(' ', '-')}:${createHash('sha256')
    .update(JSON.stringify([layout, content]))
    .digest('hex')}`;
}

/** So many tables are read by one statement: each statement takes milliseconds of its own. */
const AT_ONCE = 32;

async function contentsOf(
  connection: DuckDBConnection,
  tables: readonly Found[],
): Promise<ReadonlyMap<Found, readonly Row[]>> {
  const contents = new Map<Found, readonly Row[]>();
  for (let from = 0; from < tables.length; from += AT_ONCE) {
    const some = tables.slice(from, from + AT_ONCE);
    const queries = some.map(({ relation, columns }, n) => {
      const names = columns.map(({ name }) => name);
      return `SELECT ${n} AS nth, * FROM (${contentQuery(relation, names)})`;
    });
    const result = await connection.runAndReadAll(queries.join(' UNION ALL '));
    for (const { nth, ...row } of rowsOf(result)) {
      const one = some[Number(nth)];
      if (one !== undefined) contents.set(one, [row]);
    }
  }
  return contents;
}
