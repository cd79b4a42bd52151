import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ended, run, type } from './commands.ts';
import { readers, type Shop } from './environment.ts';
import { type Image, namesIn, putBack, take } from './image.ts';
import { look } from './truth.ts';

/** What is typed after a crash, and what must have become of it; throws where it has not. */
export interface Way {
  readonly types: readonly string[];
  /** `version`: what readers had at the crash. */
  readonly ends: (version: number, ended: Ended) => Promise<void>;
}

export interface Crashes {
  readonly effects: number;
  /** So many times the built command was killed. */
  readonly kills: number;
  readonly cases: number;
  /** What went wrong, one text a case. */
  readonly wrong: readonly string[];
}

/**
 * Lets a command die at each of its effects, looks, and tries every way on from there. At effects that somebody can see
 * it is killed; of those aside an image is used that the living command took between two effects. That such images tell
 * the truth is seen at every kill: it leaves what the image of the same effect has.
 */
export async function everyCrash(
  shop: Shop,
  frozen: Image,
  argv: readonly string[],
  ways: readonly Way[],
): Promise<Crashes> {
  const wrong: string[] = [];
  let [kills, cases] = [0, 0];
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    cases += 1;
    await act().catch((error: unknown) => wrong.push(`${what}: ${String(error)}`));
  };
  const inImage = join(shop.root, 'images');
  const whole = await run(shop, argv, { images: inImage });
  expect(whole).toMatchObject({ exit: 0 });
  const { effects } = whole;
  for (const [i, effect] of effects.entries()) {
    const at = `${argv.join(' ')}, killed before effect ${effect.n} (${effect.does} ${effect.what})`;
    let crashed: Image | null = effect.image;
    if (!effect.aside) {
      putBack(frozen);
      const { signal } = await run(shop, argv, { at: effect.n });
      kills += 1;
      crashed = take(shop.folders, join(inImage, `killed-${effect.n}`));
      await attempt(at, async () => {
        expect(signal).toBe('SIGKILL');
        const left = namesIn(shop.folders);
        if (effect.image) putBack(effect.image);
        expect(left, 'what the kill left').toEqual(namesIn(shop.folders));
      });
    }
    if (crashed === null) continue;
    putBack(crashed);
    const [version = 0] = await readers(shop);
    if (!effect.aside) await attempt(`${at}, then status`, async () => void (await look(shop)));
    for (const way of effect.aside ? ways.slice(i % ways.length, (i % ways.length) + 1) : ways) {
      putBack(crashed);
      await attempt(`${at}, then ${way.types.join(' ')}`, async () =>
        way.ends(version, await type(shop, ...way.types)),
      );
    }
  }
  return { effects: effects.length, kills, cases, wrong };
}
