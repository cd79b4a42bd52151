import { setTimeout as pause } from 'node:timers/promises';
import { observe, type State } from '../../domain/change.ts';
import type { CutoverPlan, Mark } from '../../domain/cutover.ts';
import { objectId } from '../../domain/ids.ts';
import { type Container, isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { blockersOf } from './blockers.ts';
import { type Bound, followingSchemas, foundIn, tiesIn } from './catalog.ts';
import { cutoverPurpose, readStanding } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import type { Guard, Readers } from './cutover-request.ts';
import { cutoverScript } from './cutover-script.ts';
import { spoken } from './dialect.ts';
import { isLost, refused } from './errors.ts';
import { changed, guardError } from './guard.ts';
import { type Moves, movesOf } from './moves.ts';

/**
 * One transaction, sent at once. Locks that are not granted in time are let go, so that readers never queue longer, and
 * asked for again until a deadline. Whatever is thrown but `unknown` has changed nothing.
 */
export async function cutOver(
  ctx: Context,
  plan: CutoverPlan,
  guard: Guard,
  done?: (n: number) => void,
): Promise<void> {
  const until = performance.now() + ctx.patience.deadlineMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await ctx.open.with(cutoverPurpose(guard.fence), (session) => attemptOnce(ctx, session, plan, guard));
      done?.(plan.changes.length);
      return;
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.is !== 'busy' || performance.now() > until) throw error;
      // Longer each time, and never in step with anybody else who does the same.
      await pause(Math.min(50 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2));
    }
  }
}

async function attemptOnce(ctx: Context, session: Session, plan: CutoverPlan, guard: Guard): Promise<void> {
  const { mark } = await readStanding(ctx, session);
  const found = new Map(
    (await foundIn(ctx, session, scopeOf(ctx, plan))).map((one) => [nameKey(one.relation), one] as const),
  );
  const seen = observe(plan.changes, (name): State => {
    const one = isRelation(name) ? found.get(nameKey(name)) : undefined;
    return one ? { is: 'object', id: objectId(one.id) } : { is: 'absent' };
  });
  if (seen.state === 'done' && isMarked(mark, plan.mark)) return;
  if (seen.state === 'foreign') throw changed(seen.foreign);
  const moves = movesOf(seen.todo, plan.kept, found);
  const readers = await outsideReaders(ctx, session, moves);
  const script = cutoverScript({ ctx, plan, guard, moves, readers, leaves: mark });
  await send(ctx, session, script, moves);
}

const isMarked = (mark: Mark | null, wanted: Mark): boolean =>
  mark?.release === wanted.release && mark.content === wanted.content && mark.lineage === wanted.lineage;

/** Every schema that a cutover names. */
function scopeOf({ database }: Context, { changes }: CutoverPlan): readonly Container[] {
  const names = changes.flatMap(({ before, after }) => [...before, ...after].map(([name]) => name));
  const schemas = new Set(names.map(({ schema }) => schema).filter((schema) => schema !== null));
  return [...schemas].map((schema) => ({ location: '', database, schema }));
}

/**
 * Views that nobody moves and that read what leaves live are bound to its successor in the same transaction. What else
 * holds on to it makes the cutover refuse.
 */
async function outsideReaders(ctx: Context, session: Session, moves: Moves): Promise<Readers> {
  const keys = (relations: readonly Relation[]): ReadonlySet<string> => new Set(relations.map(nameKey));
  const leaving = moves.leaving.map(({ from }) => from);
  const [left, coming, replaced] = [
    keys(leaving),
    keys(moves.coming.map(({ from }) => from)),
    keys(moves.coming.map(({ to }) => to)),
  ];
  const schemas = [...new Set(leaving.map(({ schema }) => schema))];
  const scope = schemas.map((schema): Container => ({ location: '', database: ctx.database, schema }));
  const ties = (await tiesIn(ctx, session, scope)).filter(({ to }) => left.has(nameKey(to)));
  const following = await followingSchemas(ctx, session);
  // What comes must not go on reading what leaves; what leaves, rests or is being built may.
  const comes = ({ by }: Bound): boolean => by !== null && coming.has(nameKey(by));
  const outside = ties.filter(
    (tie) =>
      comes(tie) || (!(tie.by && left.has(nameKey(tie.by))) && (tie.schema === null || !following.has(tie.schema))),
  );
  const stuck = outside.filter((tie) => comes(tie) || tie.view === null || !replaced.has(nameKey(tie.to)));
  if (stuck.length > 0)
    throw refused(
      `what leaves live is still held: ${stuck.map(({ to, what }) => `${spoken(to)} by ${what}`).join(', ')}`,
      {
        relations: stuck.map(({ to }) => to.identifier),
      },
    );
  const bound = outside.flatMap(({ by, view }) => (by && view ? [{ at: by, ...view }] : []));
  return {
    bound: [...new Map(bound.map((one) => [nameKey(one.at), one])).values()],
    known: [...new Set(ties.flatMap(({ id }) => id ?? []))],
  };
}

async function send(ctx: Context, session: Session, script: string, moves: Moves): Promise<void> {
  try {
    await session.script(script);
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    if (isLost(error)) throw new WarehouseError('unknown', error.message, error.detail, { cause: error });
    const blockers = error.is === 'busy' ? await blockersOf(session, moves) : [];
    await session.run('rollback');
    if (error.is === 'drifted') throw guardError(ctx, error);
    if (blockers.length === 0) throw error;
    throw new WarehouseError('busy', `what moves is held: ${blockers.join('; ')}`, { blockers }, { cause: error });
  }
}
