import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { Mark } from '../../domain/cutover.ts';
import { type Fence, fence, type ObjectId, parseReleaseId, sha } from '../../domain/ids.ts';
import type { Context } from './context.ts';
import { refused } from './errors.ts';
import { exists, ifThere, relink, writeWhole } from './files.ts';
import { markFile, markFolder, markLink, sideTarget, wasLive } from './layout.ts';
import { objectAt, realFile } from './sides.ts';

const release = z.string().transform((text, ctx) => {
  const id = parseReleaseId(text);
  if (id === null) ctx.addIssue({ code: 'custom', message: 'not a release' });
  return id ?? z.NEVER;
});
const commit = z.string().transform(sha);

const markDocument = z.object({
  lineage: z.string(),
  fence: z.number().int().transform(fence),
  release,
  content: release,
  sha: commit,
  back: z.boolean(),
  previous: z.object({ release, content: release, sha: commit }).nullable(),
  token: z.string().nullable(),
  at: z.string(),
});

/** What readers' name is now. */
export interface LiveNow {
  /** `plain`: a file that no release made. `foreign`: a link that lastgreen did not make. */
  readonly is: 'absent' | 'plain' | 'foreign' | 'released';
  /** The file that readers get; null also when a link leads nowhere. */
  readonly real: string | null;
  readonly id: ObjectId | null;
  /** Name of the mark's folder. */
  readonly mark: string | null;
}

export async function liveNow(ctx: Context): Promise<LiveNow> {
  const { live } = ctx.layout;
  const stat = await ifThere(ctx.files.lstat(live.location));
  if (stat === null) return { is: 'absent', real: null, id: null, mark: null };
  const mark = stat.isSymbolicLink() ? await markOfLive(ctx) : null;
  const is = mark !== null ? 'released' : stat.isSymbolicLink() ? 'foreign' : 'plain';
  return { is, mark, real: await realFile(ctx, live.location), id: await objectAt(ctx, live.location) };
}

/** The folder that the live link leads through: readlink, so that one look tells data and mark together. */
async function markOfLive(ctx: Context): Promise<string | null> {
  const { folder, live, marks } = ctx.layout;
  const text = await ifThere(ctx.files.readlink(live.location));
  if (text === null) return null;
  const through = dirname(resolve(folder, text));
  return dirname(through) === marks ? basename(through) : null;
}

/** The mark that is live; null when no release is. Throws `refused` when it cannot be read. */
export async function liveMark(ctx: Context): Promise<Mark | null> {
  const { mark } = await liveNow(ctx);
  return mark === null ? null : readMark(ctx, mark);
}

/** null: the folder holds no mark (yet). */
export async function readMark(ctx: Context, name: string): Promise<Mark | null> {
  const path = markFile(ctx.layout, name);
  const text = await ifThere(ctx.files.readFile(path, 'utf8'));
  if (text === null) return null;
  const parsed = markDocument.safeParse(parseJson(text));
  if (!parsed.success) throw refused(`the mark ${path} cannot be read`, { file: path });
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Names of all marks, in no order. */
export const markNames = async (ctx: Context): Promise<readonly string[]> =>
  (await ifThere(ctx.files.readdir(ctx.layout.marks))) ?? [];

/** The folder of the side that a mark leads to; null when it leads nowhere. */
export async function sideOfMark(ctx: Context, name: string): Promise<string | null> {
  const text = await ifThere(ctx.files.readlink(markLink(ctx.layout, name)));
  return text === null ? null : dirname(resolve(markFolder(ctx.layout, name), text));
}

/** Folders of sides that readers have had or have, with the mark that made each live last. */
export async function sidesThatWereLive(ctx: Context): Promise<ReadonlyMap<string, Mark>> {
  const now = await liveNow(ctx);
  const sides = new Map<string, Mark>();
  for (const name of await markNames(ctx)) {
    if (name !== now.mark && !(await exists(ctx.files, wasLive(ctx.layout, name)))) continue;
    const [folder, mark] = [await sideOfMark(ctx, name), await readMark(ctx, name)];
    if (folder === null || mark === null) continue;
    const known = sides.get(folder);
    if (known === undefined || known.fence <= mark.fence) sides.set(folder, mark);
  }
  return sides;
}

/**
 * A mark and its way to a side, complete and on disk before anything leads to it. Returns its name: the fence, with a
 * count behind it where the mark that is live has that name.
 */
export async function prepareMark(
  ctx: Context,
  mark: Mark,
  under: Fence,
  location: string,
  liveName: string | null,
): Promise<string> {
  const name = nameBeside(under, liveName);
  const { files, layout } = ctx;
  await files.mkdir(markFolder(layout, name), { recursive: true });
  await writeWhole(files, markFile(layout, name), `${JSON.stringify({ ...mark, fence: under }, null, 2)}\n`);
  await relink(files, sideTarget(layout, name, location), markLink(layout, name));
  return name;
}

function nameBeside(under: Fence, liveName: string | null): string {
  if (liveName !== String(under) && !liveName?.startsWith(`${under}.`)) return String(under);
  const count = Number(liveName.split('.')[1] ?? '1');
  return `${under}.${count + 1}`;
}
