import { type Change, type Claims, sameState } from '../../domain/change.ts';
import { type CutoverPlan, type Fingerprints, isMarked, type LiveLook, type Seal } from '../../domain/cutover.ts';
import { type Fence, releaseOf } from '../../domain/ids.ts';
import { observe } from '../../domain/observe.ts';
import { type Container, contains, isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import { changed } from '../changed.ts';
import { neverMixed, type Shown, WarehouseError } from '../port.ts';
import { catalogIn, type SnowflakeCatalog } from './catalog.ts';
import { assertFence, fencedBy, readStanding } from './claim.ts';
import type { Session } from './connect.ts';
import { CONTROL, type Context, control } from './context.ts';
import { cutoverScript } from './cutover-script.ts';
import { isLost } from './errors.ts';
import { likeContainer } from './likeness.ts';
import { printsIn } from './look.ts';
import { measured, type Window } from './window.ts';

interface Guard {
  readonly fence: Fence;
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
}

/**
 * All that is left to do, in one request, which the server carries out statement by statement and which stops at the first
 * that fails (documentation, "Submitting multiple SQL statements in a single request"). Its first statement asks for the
 * fence and for the rows that the release was made from. No transaction: DDL commits by itself.
 */
export const cutOver = (ctx: Context, plan: CutoverPlan, guard: Guard, done?: (n: number) => void): Promise<Shown> =>
  ctx.open.with(
    'cutover',
    async (session) => {
      const { mark, claimed } = await readStanding(ctx, session);
      if (claimed !== guard.fence) throw fencedBy(claimed, `${guard.fence} may not change anything`);
      const catalog = await catalogIn(ctx, session, scopeOf(plan));
      const seen = observe(plan.changes, (name) => catalog.state(name));
      if (seen.state === 'done' && isMarked(mark, plan.mark)) return neverMixed;
      if (seen.state === 'foreign') throw changed(seen.foreign);
      const prints = await guarded(session, { plan, guard, todo: seen.todo, catalog });
      const { todo } = seen;
      const rights = await rightsOf(session, todo);
      const role = await roleOf(session);
      await session.run(`insert into ${control(ctx, 'CUTTING')} (ENVIRONMENT, FENCE, SESSION_ID) values (?, ?, ?)`, [
        ctx.environment,
        guard.fence,
        session.id,
      ]);
      const request = { plan, guard, todo, catalog, prints, rights, leaves: mark, role };
      const { window, tookMs } = await send(ctx, session, request);
      done?.(plan.changes.length);
      return measured(ctx, session, window, tookMs);
    },
    { release: releaseOf(guard.fence) },
  );

async function roleOf(session: Session): Promise<string> {
  const [row] = await session.run('select current_role() as ROLE');
  return String(row?.['ROLE']);
}

/** Every container that a cutover names. */
function scopeOf({ changes }: CutoverPlan): readonly Container[] {
  const containers = changes
    .flatMap(({ before, after }) => [...before, ...after].map(([name]) => name))
    .map(({ location, database, schema }): Container => ({ location, database, schema }));
  return [...new Map(containers.map((one) => [nameKey(one), one])).values()];
}

/** What lets into each container that comes live those that live lets in, with all else that was set on it, by now. */
async function rightsOf(session: Session, todo: readonly Change[]): Promise<readonly string[]> {
  const rights: string[] = [];
  // On the way back it has another name until then.
  const names = new Map<string, Container>();
  for (const change of todo) {
    if (change.do === 'move' && !isRelation(change.from))
      names.set(nameKey(change.to), names.get(nameKey(change.from)) ?? change.from);
    if (change.do !== 'exchange' || isRelation(change.a) || isRelation(change.b)) continue;
    const other = names.get(nameKey(change.b)) ?? change.b;
    rights.push(...(await likeContainer(session, { live: change.a, other })));
  }
  return rights;
}

interface Guarding {
  readonly plan: CutoverPlan;
  readonly guard: Guard;
  readonly todo: readonly Change[];
  readonly catalog: SnowflakeCatalog;
}

/**
 * What must not have been written to since it was looked at: of what was sealed all, of live what changes. What is done
 * already was compared before. Throws `drifted`; returns what the request itself compares once more.
 */
async function guarded(session: Session, { plan, guard, todo, catalog }: Guarding): Promise<Fingerprints> {
  const isUndone = untouched(plan, catalog);
  const names = plan.changes.flatMap(({ before }) => before.map(([name]) => name));
  const changes = new Set(names.map(nameKey));
  const exchanged = containersOf(plan.changes);
  const leaving = containersOf(todo);
  const isChanged = (relation: Relation): boolean =>
    changes.has(nameKey(relation)) || (relation.schema !== CONTROL && exchanged.some((one) => contains(one, relation)));
  const sealed = (guard.seal?.fingerprints ?? []).filter(([relation]) => isUndone(relation));
  const live = (guard.live?.fingerprints ?? []).filter(([relation]) => isUndone(relation) && isChanged(relation));
  const wanted = [...sealed, ...live];
  const is = new Map(
    (
      await printsIn(
        session,
        catalog,
        wanted.map(([relation]) => relation),
      )
    ).map(([relation, print]) => [nameKey(relation), print]),
  );
  const differing = (some: Fingerprints): readonly Relation[] =>
    some.filter(([relation, print]) => is.get(nameKey(relation)) !== print).map(([relation]) => relation);
  const broken = differing(sealed);
  if (broken.length > 0) throw changed(broken, { seal: true });
  // Of what leaves as a whole also what came since.
  const known = new Set(guard.live?.fingerprints.map(([relation]) => nameKey(relation)));
  const came = catalog.relations
    .map(({ relation }) => relation)
    .filter((relation) => leaving.some((one) => contains(one, relation)) && !known.has(nameKey(relation)));
  const drifted = [...differing(live), ...(guard.live ? came : [])];
  if (drifted.length > 0) throw changed(drifted);
  return wanted;
}

/** What leaves live with all that is in it. */
const containersOf = (changes: readonly Change[]): readonly Container[] =>
  changes.flatMap((change) => (change.do === 'exchange' && !isRelation(change.a) ? [change.a] : []));

/** Whether a relation is what it was before the first change: of one half done, some are, also of a change half done. */
function untouched({ changes }: CutoverPlan, catalog: SnowflakeCatalog): (relation: Relation) => boolean {
  const first = new Map<string, Claims[number]>();
  for (const claim of changes.flatMap(({ before }) => before))
    if (!first.has(nameKey(claim[0]))) first.set(nameKey(claim[0]), claim);
  const moved = [...first.values()].filter(([name, state]) => !sameState(state, catalog.state(name)));
  const names = new Set(moved.map(([name]) => nameKey(name)));
  const containers = moved.flatMap(([name]) => (isRelation(name) ? [] : [name]));
  return (relation) => !names.has(nameKey(relation)) && !containers.some((one) => contains(one, relation));
}

type Request = Parameters<typeof cutoverScript>[1];

interface Sent {
  readonly window: Window | null;
  readonly tookMs: number;
}

async function send(ctx: Context, session: Session, request: Request): Promise<Sent> {
  const { statements, beforehand, window } = cutoverScript(ctx, request);
  const start = performance.now();
  try {
    await session.script(statements, { timeoutMs: ctx.patience.statementMs });
    return { window, tookMs: Math.ceil(performance.now() - start) };
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    if (isLost(error)) throw new WarehouseError('unknown', error.message, error.detail, { cause: error });
    const { statement } = error.detail;
    if (error.is === 'fenced') await assertFence(ctx, session, request.guard.fence);
    if (error.is === 'drifted' || error.is === 'fenced')
      throw changed(
        request.prints.map(([relation]) => relation),
        {},
        { cause: error },
      );
    // A part of it is done.
    if (typeof statement === 'number' && statement > beforehand)
      throw new WarehouseError('unknown', error.message, error.detail, { cause: error });
    throw error;
  }
}
