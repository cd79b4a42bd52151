import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands, type Verb } from './world/commands.ts';
import { brokenForReaders, brokenStory, lostRows } from './world/invariants.ts';
import { bugsOf } from './world/matrix.ts';
import { modes } from './world/modes.ts';
import { changed, must } from './world/scenarios.ts';
import type { Pick } from './world/time.ts';
import { newWorld, type World } from './world/world.ts';

const verbs: readonly Verb[] = ['deploy', 'promote', 'rollback', 'resume', 'abort', 'build'];

/** For so many steps one of them alone goes on, or only time does: then leases run out. */
const stretch = fc.record({
  who: fc.constantFrom('controller first', 'controller second', 'time'),
  steps: fc.integer({ min: 1, max: 25 }),
});

function inStretches(stretches: readonly { readonly who: string; readonly steps: number }[]): Pick {
  const whose = stretches.flatMap(({ who, steps }) => Array.from({ length: steps }, () => who));
  let at = 0;
  return (choices) => {
    const who = whose[at++ % whose.length] ?? 'time';
    const actors = choices.filter((choice) => choice !== 'time');
    const actor = who === 'controller first' ? actors[0] : who === 'controller second' ? actors.at(-1) : undefined;
    return actor ?? (choices.includes('time') ? 'time' : (actors[0] ?? 'time'));
  };
}

/** Somebody's lease ran out while it was at work, and somebody else went on. */
const wasTakenOver = ({ documents }: World): boolean =>
  [...documents.values()].some(({ body }) => Buffer.from(body).includes('"took-over"'));

describe.each(modes)('two controllers at once, on a warehouse of the kind %s', (mode) => {
  it('in whatever order their steps come, leave readers with the whole of one release and one story', {
    timeout: 300_000,
  }, async () => {
    const released = newWorld({ mode, settings: { lease: { ttlMs: 6_000, renewMs: 1_500, marginMs: 1_000 } } });
    await must(released, 'deploy');
    released.commit('change customers', changed);
    await must(released, 'build');
    const orders = { all: 0, overtaken: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...verbs),
        fc.constantFrom(...verbs),
        fc.array(stretch, { minLength: 5, maxLength: 60 }),
        async (first, second, stretches) => {
          const world = released.fork();
          world.time.takeTurns(inStretches(stretches));
          const ended = await world.together([
            [world.controller(), commands[first]],
            [world.controller(), commands[second]],
          ]);
          orders.all++;
          if (wasTakenOver(world)) orders.overtaken++;
          expect(ended.flatMap((one) => bugsOf('a controller', one, 'faulted'))).toEqual([]);
          expect([...brokenForReaders(world), ...lostRows(world)]).toEqual([]);
          world.time.takeTurns(null);
          const next = await world.run(world.controller(), commands.resume);
          expect(bugsOf('the next resume', next, 'healthy')).toEqual([]);
          expect([...brokenForReaders(world), ...brokenStory(world), ...lostRows(world)]).toEqual([]);
        },
      ),
      { seed: 42, numRuns: 150 },
    );
    expect(orders.all).toBeGreaterThanOrEqual(150);
    expect(orders.overtaken).toBeGreaterThan(0);
  });
});
