import type { Fingerprints, LiveLook } from '../../domain/cutover.ts';
import { type Container, nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { tellsOf, tokenOf } from '../token.ts';
import { relationsIn, type SnowflakeCatalog, stateOf } from './catalog.ts';
import type { Session } from './connect.ts';
import { CONTROL, type Context } from './context.ts';
import { literal, qualified } from './dialect.ts';
import type { Found } from './found.ts';

/** What is in each relation of some schemas. */
export const look = (ctx: Context, scope: readonly Container[], relations?: readonly Relation[]): Promise<LiveLook> =>
  ctx.open.with('look', async (session) => {
    const asked = relations && new Set(relations.map(nameKey));
    const all = await relationsIn(ctx, session, scope);
    const found = all.filter(({ relation }) => relation.schema !== CONTROL && (asked?.has(nameKey(relation)) ?? true));
    const fingerprints = await fingerprintsOf(session, found);
    return { fingerprints, token: tokenOf(fingerprints) };
  });

/** Nothing here reads rows, so it is as cheap as the look itself. */
export const unchanged = async (ctx: Context, scope: readonly Container[], { token }: LiveLook): Promise<boolean> =>
  tellsOf(token, (await look(ctx, scope)).fingerprints);

/**
 * Of a view its text. Of a table the object, and the last change of its rows, which no DDL moves (documentation,
 * "SYSTEM$LAST_CHANGE_COMMIT_TIME"); where the role may not ask for that, what the engine counts.
 */
export async function fingerprintsOf(session: Session, found: readonly Found[]): Promise<Fingerprints> {
  const tables = found.filter(({ kind }) => kind === 'table' || kind === 'dynamic table');
  const changes = new Map(await lastChanges(session, tables));
  return found.map((one): readonly [Relation, string] => {
    const state = stateOf(one);
    if (state.is === 'view') return [one.relation, `view ${state.text}`];
    const change = changes.get(one) ?? `${one.lastAltered} ${one.rows} ${one.bytes}`;
    return [one.relation, `${one.created} ${change}`];
  });
}

/** Tables that one statement asks about. */
const BATCH = 100;

/** Documentation, "SYSTEM$LAST_CHANGE_COMMIT_TIME". */
export const changeOf = (relation: Relation): string =>
  `system$last_change_commit_time(${literal(qualified(relation))})::varchar`;

/** Of each table what its last change is called; those are left out that the role may not ask about. */
export async function lastChanges<T extends Pick<Found, 'relation'>>(
  session: Session,
  tables: readonly T[],
): Promise<readonly (readonly [T, string])[]> {
  if (tables.length === 0) return [];
  if (tables.length > BATCH)
    return [
      ...(await lastChanges(session, tables.slice(0, BATCH))),
      ...(await lastChanges(session, tables.slice(BATCH))),
    ];
  try {
    const asked = tables.map(({ relation }, n) => `${changeOf(relation)} as "${n}"`);
    const [row] = await session.run(`select ${asked.join(', ')}`);
    return tables.map((table, n) => [table, `changed ${String(row?.[n])}`]);
  } catch (error) {
    if (!(error instanceof WarehouseError) || !['denied', 'missing', 'refused'].includes(error.is)) throw error;
    // One of them is gone, or may not be asked about: the others are asked alone.
    if (tables.length === 1) return [];
    const half = Math.ceil(tables.length / 2);
    return [
      ...(await lastChanges(session, tables.slice(0, half))),
      ...(await lastChanges(session, tables.slice(half))),
    ];
  }
}

/** What a look at these relations would tell, from a catalog that was just read. */
export const printsIn = (session: Session, catalog: SnowflakeCatalog, relations: readonly Relation[]) =>
  fingerprintsOf(
    session,
    relations.flatMap((relation) => catalog.find(relation) ?? []),
  );
