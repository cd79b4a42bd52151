import { setTimeout as pause } from 'node:timers/promises';
import { type Change, type State } from '../../domain/change.ts';
import { type CutoverPlan, isMarked } from '../../domain/cutover.ts';
import { objectId } from '../../domain/ids.ts';
import { observe } from '../../domain/observe.ts';
import { type Container, isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import { changed } from '../changed.ts';
import { WarehouseError } from '../port.ts';
import { blockersOf } from './blockers.ts';
import { byName, type Found, foundIn } from './catalog.ts';
import { assertFence, cutoverPurpose, readStanding } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import type { CutoverRequest, Guard } from './cutover-request.ts';
import { cutoverScript } from './cutover-script.ts';
import { isLost, sqlStateOf } from './errors.ts';
import { guardError } from './guard.ts';
import { type Moves, movesOf, relationIds } from './moves.ts';
import { readersOf } from './readers.ts';

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
  for (;;) {
    try {
      await ctx.open.with(cutoverPurpose(guard.fence), (session) => attempt(ctx, session, plan, guard, until));
      done?.(plan.changes.length);
      return;
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.is !== 'busy' || performance.now() > until) throw error;
      await pause(50 + 50 * Math.random());
    }
  }
}

/** ms. */
const SHORTEST_WAIT = 5;

/**
 * A reader that has one relation and waits for another that is locked already holds up the cutover until it lets go: for
 * those a short wait is best, tried often. One that reads for long needs the longest. So waits grow from short to
 * longest, again and again.
 */
function lockWait(attempt: number, longest: number): number {
  const steps = Math.max(1, Math.ceil(Math.log2(longest / SHORTEST_WAIT)) + 1);
  return Math.min(longest, SHORTEST_WAIT * 2 ** (attempt % steps));
}

async function attempt(ctx: Context, session: Session, plan: CutoverPlan, guard: Guard, until: number): Promise<void> {
  const { mark } = await readStanding(ctx, session);
  const found = byName(await foundIn(ctx, session, scopeOf(ctx, plan), { whole: false }));
  const seen = observe(plan.changes, (name): State => {
    const one = isRelation(name) ? found.get(nameKey(name)) : undefined;
    return one ? { is: 'object', id: objectId(one.id) } : { is: 'absent' };
  });
  if (seen.state === 'done' && isMarked(mark, plan.mark)) return;
  if (seen.state === 'foreign') throw changed(seen.foreign);
  const gone = sealedAndGone(seen.todo, guard, found);
  if (gone.length > 0) throw changed(gone, { seal: true });
  const moves = movesOf(seen.todo, plan.kept, found);
  const readers = await readersOf(ctx, session, moves, plan.mark.back);
  await warm(session, moves);
  const request = { ctx, plan, guard, moves, readers, leaves: mark };
  // What was read before is still true, or the guard tells: only the locks are asked for again.
  for (let n = 0; ; n++) {
    const lockMs = lockWait(n, ctx.patience.lockMs);
    if (await send(ctx, session, cutoverScript({ ...request, lockMs }))) return;
    // Whoever claimed meanwhile does not have to wait until this one is tired.
    await assertFence(ctx, session, guard.fence);
    if (performance.now() > until) throw await held(session, request);
    // Readers have most of the time to themselves; and never in step with anybody else who does the same.
    await pause(lockMs * (1 + 2 * Math.random()));
  }
}

/** A build on live that replaces what a view of the idle side reads has dropped the view with it. */
function sealedAndGone(
  todo: readonly Change[],
  { seal }: Guard,
  found: ReadonlyMap<string, Found>,
): readonly Relation[] {
  const sealed = new Set(seal?.fingerprints.map(([relation]) => nameKey(relation)));
  return todo
    .flatMap((change) => (change.do === 'move' && isRelation(change.from) ? [change.from] : []))
    .filter((from) => sealed.has(nameKey(from)) && !found.has(nameKey(from)));
}

/** Every schema that a cutover names. */
function scopeOf({ database }: Context, { changes }: CutoverPlan): readonly Container[] {
  const names = changes.flatMap(({ before, after }) => [...before, ...after].map(([name]) => name));
  const schemas = new Set(names.map(({ schema }) => schema).filter((schema) => schema !== null));
  return [...schemas].map((schema) => ({ location: '', database, schema }));
}

/**
 * Lets the server read beforehand what it knows of each relation, for which readers would wait otherwise: most of what
 * locking takes. Source: PostgreSQL source, "relcache.c".
 */
async function warm(session: Session, { all }: Moves): Promise<void> {
  await session.run('select sum(pg_relation_size(id)) from unnest($1::oid[]) id', [relationIds(all)]);
}

/** By statement_timeout. */
const QUERY_CANCELED = '57014';

/** Whether it was done; not, where the locks were not to be had in time. */
async function send(ctx: Context, session: Session, script: string): Promise<boolean> {
  try {
    await session.script(script);
    return true;
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    if (isLost(error)) throw new WarehouseError('unknown', error.message, error.detail, { cause: error });
    await session.run('rollback');
    if (error.is === 'busy' || sqlStateOf(error) === QUERY_CANCELED) return false;
    throw error.is === 'drifted' ? guardError(ctx, error) : error;
  }
}

async function held(
  session: Session,
  { moves, readers }: Pick<CutoverRequest, 'moves' | 'readers'>,
): Promise<WarehouseError> {
  const blockers = await blockersOf(session, [...relationIds(moves.all), ...readers.beside.map(({ id }) => id)]);
  const by = blockers.length > 0 ? `: ${blockers.join('; ')}` : ' by many, each for a short time';
  return new WarehouseError('busy', `what moves is held${by}`, { blockers });
}
