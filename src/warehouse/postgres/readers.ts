import { type Container, nameKey, type Relation } from '../../domain/relation.ts';
import { type Bound, followingSchemas, isFunction, isKey, tiesIn } from './catalog.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import type { Readers } from './cutover-request.ts';
import { spoken } from './dialect.ts';
import { refused } from './errors.ts';
import type { Moves } from './moves.ts';

/**
 * Views that nobody moves, and policies of what stays and of what comes, are bound in the same transaction to what
 * replaces what they read. What else holds on to it makes the cutover refuse. `back`: what stays refers to what comes
 * back, also where not all of its rows do: it may be history that nobody can make again, and going back must not wait.
 */
export async function readersOf(ctx: Context, session: Session, moves: Moves, back: boolean): Promise<Readers> {
  const [left, replaced] = [keys(moves.leaving.map(({ from }) => from)), keys(moves.coming.map(({ to }) => to))];
  const coming = new Map(moves.coming.map(({ from, to }) => [nameKey(from), to]));
  const functions = keys(moves.leaving.flatMap(({ from, found }) => (isFunction(found) ? [from] : [])));
  const ties = (await tiesIn(ctx, session, scopeOf(ctx, moves))).filter(
    ({ to, calls }) => left.has(nameKey(to)) && functions.has(nameKey(to)) === calls,
  );
  const following = await followingSchemas(ctx, session);
  // What comes must not go on reading what leaves; what leaves, rests or is being built may.
  const comes = ({ by }: Bound): boolean => by !== null && coming.has(nameKey(by));
  const leaves = ({ by }: Bound): boolean => by !== null && left.has(nameKey(by));
  const outside = ties.filter(
    (tie) => tie.does !== 'refers' && (comes(tie) || (!leaves(tie) && !isIn(following, tie))),
  );
  const refersOn = (tie: Bound): boolean => back && isKey(tie) && !comes(tie);
  const binds = (tie: Bound): boolean =>
    replaced.has(nameKey(tie.to)) &&
    (refersOn(tie) || tie.binding?.is === 'policy' || (tie.binding !== null && !comes(tie)));
  const stuck = outside.filter((tie) => !binds(tie));
  if (stuck.length > 0)
    throw refused(
      `what leaves live is still held: ${stuck.map(({ to, what }) => `${spoken(to)} by ${what}`).join(', ')}`,
      {
        relations: stuck.map(({ to }) => to.identifier),
      },
    );
  const calling = new Set(outside.filter(({ calls }) => calls).map(({ what }) => what));
  const bound = outside.flatMap(({ by, binding, what }) =>
    by && binding
      ? [[what, { at: coming.get(nameKey(by)) ?? by, binding, asWritten: !back && calling.has(what) }] as const]
      : [],
  );
  return {
    bound: [...new Map(bound).values()],
    known: [...new Set(ties.flatMap(({ object }) => object ?? []))],
    beside: besideOf([
      ...outside.filter((tie) => refersOn(tie) || (tie.binding?.is === 'policy' && !comes(tie))),
      ...ties.filter((tie) => tie.does === 'refers' && !leaves(tie) && !comes(tie)),
    ]),
  };
}

const keys = (relations: readonly Relation[]): ReadonlySet<string> => new Set(relations.map(nameKey));

const isIn = (schemas: ReadonlySet<string>, { schema }: Bound): boolean => schema !== null && schemas.has(schema);

function scopeOf({ database }: Context, { leaving }: Moves): readonly Container[] {
  const schemas = [...new Set(leaving.map(({ from }) => from.schema))];
  return schemas.map((schema): Container => ({ location: '', database, schema }));
}

/** In one order, whoever asks for them. */
function besideOf(ties: readonly Bound[]): Readers['beside'] {
  const all = new Map(ties.flatMap(({ by, id }) => (by && id ? [[nameKey(by), { at: by, id }] as const] : [])));
  return [...all.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
