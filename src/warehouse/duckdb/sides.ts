import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import type { Context } from './context.ts';
import { refused } from './errors.ts';
import { discardPath, exists, ifThere, sweep, writeWhole } from './files.ts';
import { isOwnFolder } from './layout.ts';

/** A uuid beside a side's file, moved with the folder: inodes are reused. */
const idFile = 'id';
/** Beside an adopted file: the object that it was before, under readers' own name. */
const adoptedFile = 'adopted-from';

export const walOf = (path: string): string => `${path}.wal`;

/** Where a name leads; null when nothing is there, or only a link that leads nowhere. */
export const realFile = (ctx: Context, location: string): Promise<string | null> =>
  ifThere(ctx.files.realpath(location));

/** The object at a location; null when nothing is there. */
export async function objectAt(ctx: Context, location: string): Promise<ObjectId | null> {
  const real = await realFile(ctx, location);
  if (real === null) return null;
  const folder = dirname(real);
  const id = isOwnFolder(ctx.layout, folder) ? await ifThere(ctx.files.readFile(join(folder, idFile), 'utf8')) : null;
  return id === null ? plainObject(ctx, real) : objectId(id.trim());
}

/** A file that no release made has no uuid: inode and time of birth tell it from what takes its place. */
async function plainObject(ctx: Context, real: string): Promise<ObjectId | null> {
  const stat = await ifThere(ctx.files.stat(real, { bigint: true }));
  return stat === null ? null : objectId(`plain-${stat.ino}-${stat.birthtimeNs}`);
}

/** Written last: a file without it is no side that can be trusted. */
export const nameObject = (ctx: Context, folder: string): Promise<void> =>
  writeWhole(ctx.files, join(folder, idFile), `${randomUUID()}\n`);

/** The folder of a side holds nothing else, because it is renamed and deleted as a whole. */
export async function assertOwn(ctx: Context, folder: string): Promise<void> {
  const { file } = ctx.layout;
  const mine = new Set([
    file,
    walOf(file),
    `${file}.tmp`,
    idFile,
    `${idFile}.part`,
    adoptedFile,
    `${adoptedFile}.part`,
  ]);
  const others = ((await ifThere(ctx.files.readdir(folder))) ?? []).filter((name) => !mine.has(name));
  if (others.length > 0)
    throw refused(`${folder} holds other files (${others.join(', ')}); give the idle side a folder of its own`, {
      folder,
      others,
    });
}

/** An empty folder for a side, in place of what was there. */
export async function emptyFolder(ctx: Context, folder: string): Promise<void> {
  await removeFolder(ctx, folder);
  await ctx.files.mkdir(folder, { recursive: true });
}

/** The folder is gone at once, its files soon after. Absent is no error. */
export async function removeFolder(ctx: Context, folder: string): Promise<void> {
  await assertOwn(ctx, folder);
  await discardPath(ctx.files, ctx.layout, folder);
  await sweep(ctx.files, ctx.layout);
}

/** Notes in an adopted side which object it was before. */
export const noteAdopted = (ctx: Context, folder: string, from: ObjectId): Promise<void> =>
  writeWhole(ctx.files, join(folder, adoptedFile), `${from}\n`);

/** The object that a side was before it was adopted; null when it was not. */
export async function adoptedFrom(ctx: Context, folder: string): Promise<ObjectId | null> {
  const id = await ifThere(ctx.files.readFile(join(folder, adoptedFile), 'utf8'));
  return id === null ? null : objectId(id.trim());
}

/** Merges what the engine still keeps beside the file into it, so that the file alone is the side. */
export async function settle(ctx: Context, location: string): Promise<void> {
  const real = (await realFile(ctx, location)) ?? location;
  if (!(await exists(ctx.files, walOf(real)))) return;
  const { database } = ctx.layout.live;
  await ctx.open.with({ path: real, database, how: 'write' }, (connection) => connection.run('CHECKPOINT'));
  if (await exists(ctx.files, walOf(real)))
    throw refused(`${walOf(real)} is still there after a checkpoint`, { file: real });
}
