import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ended, run, type } from './commands.ts';
import { readers, type Shop } from './environment.ts';
import { copiesIn, type Image, namesIn, putBack, take } from './image.ts';
import { look } from './truth.ts';

export interface Crash {
  /** What readers had at the crash. */
  readonly version: number;
  /** Whether to look, too, how things go on once the way is gone: at some crashes that is seen, and others are like them. */
  readonly further: boolean;
}

/** What is typed after a crash, and what must have become of it; throws where it has not. */
export interface Way {
  readonly types: readonly string[];
  /** Tried after each kill; otherwise after every `turn`-th. */
  readonly always: boolean;
  readonly ends: (crash: Crash, ended: Ended) => Promise<void>;
}

/** How many kills one of them stands for, where a thing is seen in turn. */
const turn = 3;

export interface Crashes {
  readonly effects: number;
  /** So many times the built command was killed. */
  readonly kills: number;
  readonly cases: number;
  /** What went wrong, one text a case. */
  readonly wrong: readonly string[];
}

/**
 * Lets a command die at each of its effects, looks, and tries the ways on from there. At effects that somebody can see
 * it is killed; of those aside that are alike one image is used that the living command took between two effects, with
 * the ways in turn. That such images tell the truth is seen at every kill: it leaves what the image of the same effect
 * has.
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
  const tryWays = async (at: string, crashed: Image, chosen: readonly Way[], further: boolean): Promise<void> => {
    const [version = 0] = await readers(shop);
    for (const way of chosen) {
      putBack(crashed);
      await attempt(`${at}, then ${way.types.join(' ')}`, async () =>
        way.ends({ version, further }, await type(shop, ...way.types)),
      );
    }
  };
  const inImage = join(shop.root, 'images');
  const whole = await run(shop, argv, { images: inImage });
  expect(whole).toMatchObject({ exit: 0 });
  const { effects } = whole;
  const asides = new Set<string>();
  for (const effect of effects) {
    const at = `${argv.join(' ')}, killed before effect ${effect.n} (${effect.does} ${effect.what})`;
    if (effect.aside) {
      const kind = `${effect.does} ${effect.what}`;
      if (effect.image === null || asides.has(kind)) continue;
      const i = asides.size % ways.length;
      asides.add(kind);
      putBack(effect.image);
      await tryWays(at, effect.image, ways.slice(i, i + 1), true);
      continue;
    }
    putBack(frozen);
    const { signal } = await run(shop, argv, { at: effect.n });
    kills += 1;
    const crashed = take(shop.folders, join(inImage, `killed-${effect.n}`));
    await attempt(at, async () => {
      expect(signal).toBe('SIGKILL');
      if (effect.image) expect(namesIn(shop.folders), 'what the kill left').toEqual(namesIn(copiesIn(effect.image)));
    });
    await attempt(`${at}, then status`, async () => void (await look(shop)));
    const inTurn = (n: number): boolean => kills % turn === n;
    await tryWays(
      at,
      crashed,
      ways.filter(({ always }) => always || inTurn(0)),
      inTurn(1),
    );
  }
  return { effects: effects.length, kills, cases, wrong };
}
