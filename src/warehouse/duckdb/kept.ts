import { dirname } from 'node:path';
import { releaseNumber } from '../../domain/ids.ts';
import type { KeptSide } from '../port.ts';
import type { Context } from './context.ts';
import { refused } from './errors.ts';
import { discardPath, exists, ifThere, sweep } from './files.ts';
import { isSideFolder, markFolder, sideIn } from './layout.ts';
import { liveNow, markNames, sideOfMark, sidesThatWereLive } from './marks.ts';
import { removeFolder } from './sides.ts';

/** Sides that readers had before, by the content that they have. A sealed side that was never live is none. */
export async function kept(ctx: Context): Promise<readonly KeptSide[]> {
  const { real } = await liveNow(ctx);
  const sides: KeptSide[] = [];
  for (const [folder, mark] of await sidesThatWereLive(ctx)) {
    const side = sideIn(ctx.layout, folder);
    const stat =
      side.location === real || !isSideFolder(ctx.layout, folder) ? null : await ifThere(ctx.files.stat(side.location));
    if (stat !== null) sides.push({ release: mark.content, sha: mark.sha, containers: [side], bytes: stat.size });
  }
  return sides.toSorted(
    (a, b) => releaseNumber(a.release) - releaseNumber(b.release) || folderNumber(a) - folderNumber(b),
  );
}

const folderNumber = ({ containers }: KeptSide): number =>
  Number(/r(\d+)\/[^/]+$/.exec(containers[0]?.location ?? '')?.[1] ?? 0);

/** Returns the folders that it removed. Marks that led there go with them. */
export async function remove(ctx: Context, sides: readonly KeptSide[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { location } of sides.flatMap(({ containers }) => containers)) {
    const folder = dirname(location);
    if (!isSideFolder(ctx.layout, folder)) throw refused(`${location} is no side of a release`, { file: location });
    if (!(await exists(ctx.files, folder))) continue;
    // Asked each time, right before: never by a number in a name.
    const { real } = await liveNow(ctx);
    if (real !== null && dirname(real) === folder) throw refused(`${location} is live`, { file: location });
    await removeFolder(ctx, folder);
    removed.push(folder);
  }
  await removeMarksOfNothing(ctx);
  await sweep(ctx.files, ctx.layout);
  return removed;
}

async function removeMarksOfNothing(ctx: Context): Promise<void> {
  const now = await liveNow(ctx);
  for (const name of await markNames(ctx)) {
    const side = await sideOfMark(ctx, name);
    if (name !== now.mark && (side === null || !(await exists(ctx.files, side))))
      await discardPath(ctx.files, ctx.layout, markFolder(ctx.layout, name));
  }
}
