import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Seal } from '../../domain/cutover.ts';
import type { Fence, ReleaseId } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';
import { assertFence } from './claim.ts';
import type { Context } from './context.ts';
import { errnoOf, missing, refused } from './errors.ts';
import { exists, flush, ifThere } from './files.ts';
import { makeWritable } from './fill.ts';
import { knownIn } from './known.ts';
import { isOwnFolder, sideFolder, sideIn } from './layout.ts';
import { fingerprintsIn } from './look.ts';
import { liveNow, sidesThatWereLive } from './marks.ts';
import { adoptedFrom, assertOwn, nameObject, noteAdopted, objectAt, removeFolder, settle, walOf } from './sides.ts';
import { wholeToken } from './token.ts';

const nobodyWrites = 0o444;

/** Moves the idle side to its release's name, where nobody looks for a file to write to, and looks at it there. */
export async function seal(ctx: Context, release: ReleaseId, fence: Fence): Promise<Seal> {
  await assertFence(ctx, fence);
  const { files, layout } = ctx;
  const folder = sideFolder(layout, release);
  if (await exists(files, layout.idle.location)) {
    await assertNeverLive(ctx, folder);
    await assertOwn(ctx, layout.green);
    await settle(ctx, layout.idle.location);
    await removeFolder(ctx, folder);
    await moveFolder(ctx, layout.green, folder);
  }
  const side = sideIn(layout, folder);
  if (!(await exists(files, side.location))) throw missing(layout.idle.location);
  if (await exists(files, walOf(side.location))) await makeWritable(ctx, side.location);
  await settle(ctx, side.location);
  await files.chmod(side.location, nobodyWrites);
  await flush(files, side.location);
  await flush(files, layout.home);
  return sealOf(ctx, release, fence, side);
}

async function sealOf(ctx: Context, release: ReleaseId, fence: Fence, side: Container): Promise<Seal> {
  return ctx.open.with({ path: side.location, database: side.database, how: 'read' }, async (connection) => {
    const fingerprints = await fingerprintsIn(connection, await knownIn(ctx, connection, side));
    return { release, fence, sides: [side], fingerprints, token: await wholeToken(ctx, [side]) };
  });
}

/** One rename: a side is under one name or the other, with its id. */
async function moveFolder(ctx: Context, from: string, to: string): Promise<void> {
  try {
    await ctx.files.mkdir(dirname(to), { recursive: true });
    await ctx.files.rename(from, to);
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') throw refused(`${from} and ${to} are not on one file system`, { from, to });
    throw error;
  }
}

async function assertNeverLive(ctx: Context, folder: string): Promise<void> {
  const { real } = await liveNow(ctx);
  const live = real !== null && dirname(real) === folder;
  if (live || (await sidesThatWereLive(ctx)).has(folder))
    throw refused(`${folder} ${live ? 'is' : 'was'} live: it is no idle side`, { folder });
}

/** Puts a sealed side back under the idle name. */
export async function reopen(ctx: Context, sealed: Seal): Promise<void> {
  const { files, layout } = ctx;
  const folder = dirname(sealed.sides[0]?.location ?? layout.idle.location);
  if (folder !== layout.green && (await exists(files, folder))) {
    await assertNeverLive(ctx, folder);
    await removeFolder(ctx, layout.green);
    await moveFolder(ctx, folder, layout.green);
  }
  if (!(await exists(files, layout.idle.location))) throw missing(layout.idle.location);
  await makeWritable(ctx, layout.idle.location);
}

/** Gives up sides that readers never saw. Absent is no error. */
export async function discard(ctx: Context, sides: readonly Container[]): Promise<void> {
  for (const { location } of sides) {
    const folder = dirname(location);
    if (!isOwnFolder(ctx.layout, folder)) throw refused(`${location} is no side of a release`, { file: location });
    await assertNeverLive(ctx, folder);
    await removeFolder(ctx, folder);
  }
}

/**
 * What is live becomes the content of a release. A plain file gets a second name in the release's folder: readers that
 * have it open and readers that open it later get the same rows all the time. What a release made stays where it is.
 */
export async function adopt(ctx: Context, release: ReleaseId, fence: Fence): Promise<Seal> {
  await assertFence(ctx, fence);
  const { layout } = ctx;
  const now = await liveNow(ctx);
  if (now.is === 'foreign')
    throw refused(`${layout.live.location} is a link that lastgreen did not make; put the file itself there`, {
      foreign: [layout.live.location],
    });
  if (now.real === null) throw missing(layout.live.location);
  if (now.is === 'released') return sealOf(ctx, release, fence, sideIn(layout, dirname(now.real)));
  const side = sideIn(layout, sideFolder(layout, release));
  await settle(ctx, layout.live.location);
  await secondName(ctx, side);
  return sealOf(ctx, release, fence, side);
}

async function secondName(ctx: Context, side: Container): Promise<void> {
  const { files, layout } = ctx;
  const folder = dirname(side.location);
  const live = await objectAt(ctx, layout.live.location);
  if (live === null) throw missing(layout.live.location);
  if ((await adoptedFrom(ctx, folder)) === live && (await isSameFile(ctx, side.location))) return;
  await removeFolder(ctx, folder);
  await files.mkdir(folder, { recursive: true });
  await linkOrCopy(ctx, side.location);
  await noteAdopted(ctx, folder, live);
  await nameObject(ctx, folder);
  await flush(files, folder);
  await flush(files, layout.home);
}

/** A second name, not a copy: what was written to live since is in it too. */
async function isSameFile(ctx: Context, location: string): Promise<boolean> {
  const [live, side] = await Promise.all(
    [ctx.layout.live.location, location].map((path) => ifThere(ctx.files.stat(path, { bigint: true }))),
  );
  return live?.ino !== undefined && live.ino === side?.ino && !(await objectAt(ctx, location))?.startsWith('plain-');
}

/** Some file systems have no second names: there the file is copied, and the cutover checks that live is still the same. */
async function linkOrCopy(ctx: Context, to: string): Promise<void> {
  const { files, layout } = ctx;
  const { location, database } = layout.live;
  try {
    await files.link(location, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EMLINK', 'EXDEV'].includes(errnoOf(error) ?? '')) throw error;
    await ctx.open.with({ path: location, database, how: 'alone' }, () =>
      files.copyFile(location, to, constants.COPYFILE_FICLONE),
    );
  }
}
