import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LiveLook } from '../../domain/cutover.ts';
import { type Container, contains, type Relation } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { contentQuery } from './dialect.ts';
import { ifThere } from './files.ts';
import { type Found, foundIn } from './found.ts';
import { plainRow } from './rows.ts';
import { realFile, walOf } from './sides.ts';

/** File systems note times in steps of up to 10 ms: what was written just now may be written again unnoticed. */
const settledMs = 20;

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

/** The token of a look at everything, without looking. */
export async function wholeToken(ctx: Context, scope: readonly Container[]): Promise<string> {
  const tokens = await Promise.all(scope.map(({ location }) => fileToken(ctx, location)));
  return ['all', ...tokens].join('|');
}

/** Whether a look was at all relations of its scope: then a new one is drift too. */
export const isWhole = (seen: LiveLook): boolean => seen.token.startsWith('all|');

export async function unchanged(ctx: Context, scope: readonly Container[], seen: LiveLook): Promise<boolean> {
  const [asked] = seen.token.split('|');
  return (await wholeToken(ctx, scope)).replace(/^all/, asked ?? '') === seen.token;
}

async function lookAt(ctx: Context, container: Container, asked?: readonly Relation[]): Promise<LiveLook> {
  const path = await realFile(ctx, container.location);
  if (path === null) return { fingerprints: (asked ?? []).map((one) => [one, 'absent']), token: 'absent' };
  return ctx.open.with({ path, database: container.database, how: 'read' }, async (connection) => ({
    fingerprints: await fingerprintsIn(connection, container, asked),
    // Taken while no writer can have the file open.
    token: await fileToken(ctx, path),
  }));
}

/** `container`: the name under which the open file is asked about. */
export async function fingerprintsIn(
  connection: DuckDBConnection,
  container: Container,
  asked?: readonly Relation[],
): Promise<readonly Fingerprint[]> {
  const found = await foundIn(connection, container);
  const keyOf = ({ schema, identifier }: Relation) => JSON.stringify([schema.toLowerCase(), identifier.toLowerCase()]);
  const byKey = new Map(found.toReversed().map((one) => [keyOf(one.relation), one]));
  const prints: Fingerprint[] = [];
  for (const relation of asked ?? [...byKey.values()].toReversed().map((one) => one.relation)) {
    const one = byKey.get(keyOf(relation));
    prints.push([relation, one === undefined ? 'absent' : await fingerprint(connection, one)]);
  }
  return prints;
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

/** Changes whenever a writer has closed the file; `absent` when there is none. */
export async function fileToken(ctx: Context, location: string): Promise<string> {
  const real = await realFile(ctx, location);
  if (real === null) return 'absent';
  for (;;) {
    const stat = await ctx.files.stat(real, { bigint: true });
    const ageMs = Date.now() - Number(stat.mtimeMs);
    if (ageMs >= settledMs || ageMs < 0) {
      const wal = await ifThere(ctx.files.stat(walOf(real), { bigint: true }));
      return [stat.ino, stat.size, stat.mtimeNs, wal === null ? 'whole' : `${wal.size}.${wal.mtimeNs}`].join(':');
    }
    await pause(settledMs - ageMs);
  }
}
