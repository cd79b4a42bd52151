import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Effect, watchEffects } from './effects.ts';
import { take } from './image.ts';

/** What becomes of a process that was started with `--import` of this file. */
export interface Doom {
  readonly folders: readonly string[];
  /** A file that each effect is noted in before it is done, a JSON text a line. */
  readonly note: string;
  /** Where an image of the folders is kept before each effect; null: nowhere. */
  readonly images: string | null;
  /**
   * `die` and `stop` come before the effect with this number that is not aside, `die-after` after it. `full`: from this
   * many that take space on, there is none. null: it lives.
   */
  readonly at: number | null;
  readonly how: 'die' | 'die-after' | 'stop' | 'full';
  /** A disk that was full has space again after so many refusals; null: never. */
  readonly refusals: number | null;
}

export const doomVariable = 'LASTGREEN_TEST_DOOM';

/** What needs room on the disk: contents, and names in folders. */
export const takesSpace = ({ does }: Pick<Effect, 'does'>): boolean =>
  ['copyFile', 'link', 'mkdir', 'symlink', 'writeFile'].includes(does);

/** A disk that is full from a certain effect on. Throws what the system throws. */
function disk({ at, how, refusals }: Doom): (effect: Effect) => void {
  let [asked, refused] = [0, 0];
  return (effect) => {
    if (how !== 'full' || at === null || !takesSpace(effect)) return;
    asked += 1;
    if (asked < at || refused === refusals) return;
    refused += 1;
    const message = `ENOSPC: no space left on device, ${effect.does} '${effect.what}'`;
    throw Object.assign(new Error(message), { code: 'ENOSPC', errno: -28, syscall: effect.does, path: effect.what });
  };
}

const text = process.env[doomVariable];
if (text !== undefined) {
  // Written by the test that started this process.
  const doom = JSON.parse(text) as Doom;
  let images = 0;
  const refuse = disk(doom);
  const meet = (effect: Effect, how: Doom['how'], signal: NodeJS.Signals) => {
    if (!effect.aside && effect.n === doom.at && doom.how === how) process.kill(process.pid, signal);
  };
  watchEffects({
    folders: doom.folders,
    before(effect) {
      // What is made durable was there before.
      const image =
        doom.images === null || effect.does === 'sync' ? null : take(doom.folders, join(doom.images, String(++images)));
      appendFileSync(doom.note, `${JSON.stringify({ ...effect, image })}\n`);
      meet(effect, 'die', 'SIGKILL');
      meet(effect, 'stop', 'SIGSTOP');
      refuse(effect);
    },
    after: (effect) => meet(effect, 'die-after', 'SIGKILL'),
  });
}
