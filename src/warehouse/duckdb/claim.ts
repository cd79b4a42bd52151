import type { Mark } from '../../domain/cutover.ts';
import { type Fence, fence } from '../../domain/ids.ts';
import { type Standing, WarehouseError } from '../port.ts';
import type { Context } from './context.ts';
import { errnoOf } from './errors.ts';
import { exists, ifThere } from './files.ts';
import { claimOf, fenceFolder, spentFolder } from './layout.ts';
import { liveMark, markNames } from './marks.ts';

/** So many claims are remembered: more than can be made while one folder is listed. */
const remembered = 100;

export async function standing(ctx: Context): Promise<Standing> {
  // Claims first: a cutover that comes between the two reads is under a fence that was claimed before it.
  const claimed = await highestClaimed(ctx);
  return { mark: await liveMark(ctx), claimed: fence(claimed) };
}

/**
 * Claims are folders that are made and never renamed, so that a listing that begins after one was made shows it. A
 * claimer shows its number, then makes `fence.N`, then looks for higher numbers: of two at once, the lower one sees the
 * higher one's number or the higher one closes the lower one's fence.
 */
export async function claim(ctx: Context, mine: Fence): Promise<Mark | null> {
  const { files, layout } = ctx;
  await assertHighest(ctx, mine, 'equal');
  await files.mkdir(layout.claims, { recursive: true });
  await makeOnce(ctx, claimOf(layout, mine), mine);
  await assertHighest(ctx, mine);
  await makeOnce(ctx, fenceFolder(layout, mine), mine);
  try {
    await assertHighest(ctx, mine);
  } catch (error) {
    await ifThere(files.rm(fenceFolder(layout, mine), { recursive: true }));
    throw error;
  }
  for (const lower of (await claims(ctx)).filter((n) => n < mine)) await close(ctx, lower);
  await forget(ctx);
  return liveMark(ctx);
}

/**
 * rename(2) resolves the folder of `fence.M/next` first and looks `next` up in it afterwards (Linux,
 * Documentation/filesystems/directory-locking). A cutover that resolved it before the folder was renamed either renames
 * `next` before it is unlinked here, so before the claim returns, or finds none and fails; a later one finds no folder.
 */
async function close(ctx: Context, lower: number): Promise<void> {
  const [standing, spent] = [fenceFolder(ctx.layout, lower), spentFolder(ctx.layout, lower)];
  // In this order: a folder that has left the first name is under the second until it is closed for good.
  if (!(await exists(ctx.files, standing)) && !(await exists(ctx.files, spent))) return;
  await ifThere(ctx.files.rename(standing, spent));
  await ifThere(ctx.files.unlink(`${spent}/next`));
  await ifEmpty(ctx.files.rmdir(spent));
}

/** A late cutover may have put its link there again: it leads nowhere, and the next claim takes it away. */
async function ifEmpty(removed: Promise<void>): Promise<void> {
  try {
    await ifThere(removed);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
}

async function makeOnce(ctx: Context, path: string, mine: Fence): Promise<void> {
  try {
    await ctx.files.mkdir(path);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw fencedBy(mine, mine);
    throw error;
  }
}

async function assertHighest(ctx: Context, mine: Fence, equal?: 'equal'): Promise<void> {
  const highest = await highestClaimed(ctx);
  if (highest > mine || (equal !== undefined && highest === mine)) throw fencedBy(mine, highest);
}

const fencedBy = (mine: number, highest: number): WarehouseError =>
  new WarehouseError('fenced', `fence ${mine} is not above ${highest}, which is claimed`, {
    fence: mine,
    claimed: highest,
  });

async function claims(ctx: Context): Promise<readonly number[]> {
  const names = (await ifThere(ctx.files.readdir(ctx.layout.claims))) ?? [];
  return names.map(Number).filter(Number.isSafeInteger);
}

/** Marks count too: they outlive claims that were removed by hand. */
async function highestClaimed(ctx: Context): Promise<number> {
  const marked = (await markNames(ctx)).map((name) => Number.parseInt(name, 10)).filter(Number.isSafeInteger);
  return Math.max(0, ...(await claims(ctx)), ...marked);
}

/** Old claims, whose fences are closed, leave; the newest always stay. */
async function forget(ctx: Context): Promise<void> {
  const old = (await claims(ctx)).toSorted((a, b) => b - a).slice(remembered);
  for (const number of old) await ifThere(ctx.files.rmdir(claimOf(ctx.layout, number)));
}

/** Throws `fenced` unless the claim on this fence still stands. */
export async function assertFence(ctx: Context, mine: Fence): Promise<void> {
  if (await exists(ctx.files, fenceFolder(ctx.layout, mine))) return;
  const claimed = await highestClaimed(ctx);
  throw new WarehouseError('fenced', `fence ${mine} does not stand any more; ${claimed} is claimed`, {
    fence: mine,
    claimed,
  });
}
