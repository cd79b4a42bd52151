import { constants } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Fill, filled } from '../../domain/change.ts';
import { isRelation } from '../../domain/relation.ts';
import type { FillOptions } from '../port.ts';
import { assertFence } from './claim.ts';
import type { Context } from './context.ts';
import { copyRelation, defineHere, dropHere, isRelationCopy, type Target, targetIn } from './copy.ts';
import { drifted, missing, refused, speaking } from './errors.ts';
import { ifThere } from './files.ts';
import { emptyFolder, nameObject, objectAt, realFile, removeFolder, settle, walOf } from './sides.ts';

/** Throws the signal's reason when it aborts; everything can be filled again. */
export async function fill(ctx: Context, fills: readonly Fill[], o: FillOptions): Promise<void> {
  for (const one of fills)
    if (filled(one).location !== ctx.layout.idle.location)
      throw refused(`${filled(one).location} is not the idle side`, { file: filled(one).location });
  let count = 0;
  const done = () => o.done?.(++count);
  for (const run of runsOf(fills)) {
    o.signal.throwIfAborted();
    await assertFence(ctx, o.fence);
    if (run.inside) await fillInside(ctx, run.fills, o.signal, done);
    else {
      for (const one of run.fills) await fillContainer(ctx, one);
      done();
    }
  }
}

interface Run {
  /** Statements inside the idle file: they share one opening of it. */
  readonly inside: boolean;
  readonly fills: readonly Fill[];
}

function runsOf(fills: readonly Fill[]): readonly Run[] {
  const runs: { inside: boolean; fills: Fill[] }[] = [];
  for (const one of fills) {
    const inside = isRelation(filled(one));
    const last = runs.at(-1);
    if (inside && last?.inside) last.fills.push(one);
    else runs.push({ inside, fills: [one] });
  }
  return runs;
}

async function fillContainer(ctx: Context, one: Fill): Promise<void> {
  const { green, idle } = ctx.layout;
  if (one.do === 'drop') return removeFolder(ctx, green);
  if (one.do === 'copy') return copyFile(ctx, one);
  await emptyFolder(ctx, green);
  await ctx.open.create(idle.location, idle.database);
  await nameObject(ctx, green);
}

/**
 * While the engine holds the source open read-only nobody writes to it: what it keeps beside the file belongs to what is
 * in the file. The copy's own descriptor, closed last, drops the engine's lock (fcntl), so the file itself comes last.
 */
async function copyFile(ctx: Context, one: Extract<Fill, { do: 'copy' }>): Promise<void> {
  const { files, layout } = ctx;
  const { idle, green } = layout;
  const source = await realFile(ctx, one.from.location);
  if (source === null) throw missing(one.from.location);
  if (dirname(source) === green) throw refused('the idle side cannot be copied onto itself', { file: source });
  const id = await objectAt(ctx, one.from.location);
  if (one.id !== null && id !== one.id)
    throw drifted(`${one.from.location} is not the file any more that was to be copied`, { id, expected: one.id });
  await emptyFolder(ctx, green);
  await ctx.open.with({ path: source, database: one.from.database, how: 'alone' }, async () => {
    await ifThere(files.copyFile(walOf(source), walOf(idle.location), constants.COPYFILE_FICLONE));
    await files.copyFile(source, idle.location, constants.COPYFILE_FICLONE);
  });
  await makeWritable(ctx, idle.location);
  await settle(ctx, idle.location);
  await nameObject(ctx, green);
}

const ownerMayWrite = 0o200;

export async function makeWritable(ctx: Context, path: string): Promise<void> {
  const { mode } = await ctx.files.stat(path);
  await ctx.files.chmod(path, (mode & 0o777) | ownerMayWrite);
}

async function fillInside(ctx: Context, fills: readonly Fill[], signal: AbortSignal, done: () => void): Promise<void> {
  const { idle } = ctx.layout;
  await ctx.open.with({ path: idle.location, database: idle.database, how: 'write' }, async (connection) => {
    const stop = () => connection.interrupt();
    signal.addEventListener('abort', stop);
    try {
      const target = await targetIn(connection, idle);
      for (const one of fills) {
        signal.throwIfAborted();
        await orReason(signal, () => fillRelation(ctx, target, one));
        done();
      }
      await connection.run('CHECKPOINT');
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
  await settle(ctx, idle.location);
}

/** What an interrupted statement throws is the reason for which it was interrupted. */
async function orReason(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
  try {
    await speaking(attempt);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function fillRelation(ctx: Context, target: Target, one: Fill): Promise<void> {
  if (isRelationCopy(one)) return copyRelation(ctx, target, one);
  if (one.do === 'drop' && isRelation(one.what)) return dropHere(target, one.what);
  if (one.do !== 'define')
    throw refused(`${one.do} between ${basename(ctx.layout.file)} and a relation in it makes no sense`);
  await defineHere(target, one.view, one.sql);
}
