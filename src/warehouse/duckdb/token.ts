import { setTimeout as pause } from 'node:timers/promises';
import type { LiveLook } from '../../domain/cutover.ts';
import type { Container } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { ifThere } from './files.ts';
import { realFile, walOf } from './sides.ts';

/** File systems note times in steps of up to 10 ms: what was written just now may be written again unnoticed. */
const settledMs = 20;

/** Changes whenever a writer has closed the file; `absent` when there is none. */
export async function fileToken(ctx: Context, location: string): Promise<string> {
  const real = await realFile(ctx, location);
  if (real === null) return 'absent';
  for (;;) {
    const stat = await ctx.files.stat(real, { bigint: true });
    const ageMs = Date.now() - Number(stat.mtimeMs);
    if (ageMs >= settledMs || ageMs < 0) {
      const wal = await ifThere(ctx.files.stat(walOf(real), { bigint: true }));
      return [stat.ino, stat.size, stat.mtimeNs, wal === null ? 'whole' : `${wal.size}.${wal.mtimeNs}`].join(':');
    }
    await pause(settledMs - ageMs);
  }
}

/** The token of a look at everything, without looking. */
export async function wholeToken(ctx: Context, scope: readonly Container[]): Promise<string> {
  const tokens = await Promise.all(scope.map(({ location }) => fileToken(ctx, location)));
  return ['all', ...tokens].join('|');
}

/** Whether a look was at all relations of its scope: then a new one is drift too. */
export const isWhole = (seen: LiveLook): boolean => seen.token.startsWith('all|');

export async function unchanged(ctx: Context, scope: readonly Container[], seen: LiveLook): Promise<boolean> {
  const [asked] = seen.token.split('|');
  return (await wholeToken(ctx, scope)).replace(/^all/, asked ?? '') === seen.token;
}
