import { dirname } from 'node:path';
import { type Change } from '../../domain/change.ts';
import type { CutoverPlan, LiveLook, Seal } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import { observe } from '../../domain/observe.ts';
import { displayName, nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { readStates } from './catalog.ts';
import { assertFence } from './claim.ts';
import type { Context } from './context.ts';
import { drifted, errnoOf, missing, refused, toWarehouseError } from './errors.ts';
import { exists, flush, relink } from './files.ts';
import { knownIn } from './known.ts';
import { isSideFolder, liveTarget, markFolder, nextLink, wasLive } from './layout.ts';
import { fingerprintsIn } from './look.ts';
import { type LiveNow, liveNow, prepareMark, readMark } from './marks.ts';
import { adoptedFrom, realFile, walOf } from './sides.ts';
import { isWhole, unchanged, wholeToken } from './token.ts';

export interface Guard {
  readonly fence: Fence;
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
}

/** One rename gives readers the other file and the mark together. Whatever is thrown before it has changed nothing. */
export async function cutOver(
  ctx: Context,
  plan: CutoverPlan,
  guard: Guard,
  done?: (n: number) => void,
): Promise<void> {
  const change = theOneChange(ctx, plan);
  await assertFence(ctx, guard.fence);
  const now = await liveNow(ctx);
  const to = change === null ? now.real : await realFile(ctx, change.to.location);
  if (to === null) throw missing(change?.to.location ?? ctx.layout.live.location);
  if (!isSideFolder(ctx.layout, dirname(to))) throw refused(`${to} is no side of a release`, { file: to });
  if (!(await isDone(ctx, plan, now, to))) {
    await assertStates(ctx, plan);
    await assertSealed(ctx, guard.seal);
    await assertReplaceable(ctx, now, to);
    await whileNobodyWrites(ctx, now, guard.live, () => publish(ctx, plan, guard.fence, now, to));
  }
  done?.(plan.changes.length);
}

/** null: the file stays, only the mark changes. */
function theOneChange(ctx: Context, { changes }: CutoverPlan): Extract<Change, { do: 'point' }> | null {
  const [change, ...others] = changes;
  if (change === undefined) return null;
  if (others.length > 0 || change.do !== 'point' || change.name.location !== ctx.layout.live.location)
    throw refused('a cutover here is one change of what the live name points at');
  return change;
}

async function isDone(ctx: Context, { mark }: CutoverPlan, now: LiveNow, to: string): Promise<boolean> {
  if (now.mark === null || now.real !== to) return false;
  const live = await readMark(ctx, now.mark);
  return live?.release === mark.release && live.content === mark.content && live.lineage === mark.lineage;
}

async function assertStates(ctx: Context, { changes }: CutoverPlan): Promise<void> {
  const { foreign } = observe(changes, await readStates(ctx));
  if (foreign.length > 0)
    throw drifted(
      `${foreign.map(({ location }) => location).join(', ')} is not what it was when the cutover was planned`,
      {
        relations: [],
        keys: foreign.map(nameKey),
      },
    );
}

async function assertSealed(ctx: Context, seal: Seal | null): Promise<void> {
  if (seal === null || (await wholeToken(ctx, seal.sides)) === seal.token) return;
  const places = seal.sides.map(({ location }) => location).join(', ');
  throw drifted(`${places} was written to after it was sealed`, { seal: true, relations: [], keys: [] });
}

/** A plain file that is renamed over is gone, unless the side is that file under a second name, or its copy. */
async function assertReplaceable(ctx: Context, now: LiveNow, to: string): Promise<void> {
  const { location } = ctx.layout.live;
  if (now.is === 'foreign') throw refused(`${location} is a link that lastgreen did not make`, { foreign: [location] });
  if (now.is === 'plain' && (await adoptedFrom(ctx, dirname(to))) !== now.id)
    throw refused(`${location} is a file that no release made; adopt it first`, { unadopted: [location] });
  // Under its second name the engine would not find what it keeps beside the first.
  if (now.is === 'plain' && (await exists(ctx.files, walOf(location))))
    throw drifted(`${location} was written to after it was adopted`, { relations: [], keys: [] });
}

/**
 * From the comparison to the rename live is open read-only: that excludes writers, not readers. Nothing in between may
 * open the file beside the engine, for closing it would drop the lock.
 */
async function whileNobodyWrites(
  ctx: Context,
  now: LiveNow,
  live: LiveLook | null,
  swap: () => Promise<void>,
): Promise<void> {
  const { database } = ctx.layout.live;
  if (now.real === null || (live === null && now.is !== 'plain')) return swap();
  return ctx.open.with({ path: now.real, database, how: 'read' }, async (connection) => {
    if (live !== null && !(await unchanged(ctx, [ctx.layout.live], live))) {
      const asked = isWhole(live) ? undefined : live.fingerprints.map(([relation]) => relation);
      assertSame(live, await fingerprintsIn(connection, await knownIn(ctx, connection, ctx.layout.live), asked));
    }
    return swap();
  });
}

function assertSame(live: LiveLook, now: LiveLook['fingerprints']): void {
  const before = new Map(live.fingerprints.map(([relation, print]) => [nameKey(relation), print]));
  const after = new Map(now.map(([relation, print]) => [nameKey(relation), print]));
  const all = new Map<string, Relation>(
    [...live.fingerprints, ...now].map(([relation]) => [nameKey(relation), relation]),
  );
  const moved = [...all].filter(([key]) => (before.get(key) ?? 'absent') !== (after.get(key) ?? 'absent'));
  if (moved.length === 0) return;
  const names = moved.map(([, relation]) => displayName(relation));
  throw drifted(`live changed meanwhile: ${names.join(', ')}`, { relations: names, keys: moved.map(([key]) => key) });
}

async function publish(ctx: Context, plan: CutoverPlan, fence: Fence, now: LiveNow, to: string): Promise<void> {
  const { files, layout } = ctx;
  // What is live now certainly was: without this a mark that was only prepared would pass for it.
  if (now.mark !== null) await files.writeFile(wasLive(layout, now.mark), '');
  await likeLive(ctx, now, to);
  const name = await prepareMark(ctx, plan.mark, fence, to, now.mark);
  await flush(files, markFolder(layout, name));
  await flush(files, layout.marks);
  const next = nextLink(layout, fence);
  await orFenced(ctx, fence, () => relink(files, liveTarget(layout, name), next));
  await orFenced(ctx, fence, () => renameOver(ctx, next));
  try {
    await flush(files, layout.folder);
  } catch (error) {
    throw new WarehouseError('unknown', 'the cutover may not survive a loss of power', {}, { cause: error });
  }
}

const readable = 0o644;

/** Readers and loaders may do with the new file what they may do with the one that leaves. */
async function likeLive(ctx: Context, now: LiveNow, to: string): Promise<void> {
  const mode = now.real === null ? readable : (await ctx.files.stat(now.real)).mode & 0o777;
  if (now.real !== to) await ctx.files.chmod(to, mode);
}

/** The folder of a fence that was taken over has another name: what needs it finds nothing. */
async function orFenced(ctx: Context, fence: Fence, attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') await assertFence(ctx, fence);
    throw error;
  }
}

/** These say that nothing was renamed; after any other error it has to be looked at. */
const certain = ['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EISDIR', 'EBUSY', 'EXDEV'];

async function renameOver(ctx: Context, next: string): Promise<void> {
  try {
    await ctx.files.rename(next, ctx.layout.live.location);
  } catch (error) {
    if (certain.includes(errnoOf(error) ?? '')) throw error;
    throw new WarehouseError(
      'unknown',
      'the rename of the live link had no known end',
      {},
      { cause: toWarehouseError(error) },
    );
  }
}
