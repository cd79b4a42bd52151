import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands, type Verb } from './world/commands.ts';
import { type FaultKind, faultKinds } from './world/effects.ts';
import { brokenForReaders, brokenStory, lostRows } from './world/invariants.ts';
import { bugsOf } from './world/matrix.ts';
import { modes } from './world/modes.ts';
import { shop, withNode } from './world/project.ts';
import { newWorld, type World } from './world/world.ts';

const verbs: readonly Verb[] = ['build', 'deploy', 'promote', 'rollback', 'resume', 'abort'];

type Step =
  | { readonly do: 'commit' }
  | { readonly do: 'load' }
  | {
      readonly do: 'run';
      readonly verb: Verb;
      readonly fault: { readonly at: number; readonly kind: FaultKind } | null;
    };

const fault = fc.option(fc.record({ at: fc.integer({ min: 1, max: 45 }), kind: fc.constantFrom(...faultKinds) }), {
  freq: 2,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'commit' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'load' }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('run' as const), verb: fc.constantFrom(...verbs), fault }) },
);

async function take(world: World, steps: readonly Step[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [n, one] of steps.entries()) {
    if (one.do === 'commit') world.commit(`commit ${n}`, withNode(shop, 'stg_customers', { text: `text ${n}` }));
    else if (one.do === 'load') world.load('customers', [`customer of step ${n}`]);
    else {
      const ended = await world.run(world.controller(one.fault ?? undefined), commands[one.verb]);
      problems.push(
        ...bugsOf(`step ${n}: ${one.verb}`, ended, one.fault ? 'faulted' : 'healthy'),
        ...brokenForReaders(world),
        ...lostRows(world),
      );
    }
  }
  const last = await world.run(world.controller(), commands.resume);
  return [
    ...problems,
    ...bugsOf('the last resume', last, 'healthy'),
    ...brokenStory(world),
    ...brokenForReaders(world),
  ];
}

describe.each(modes)('any sequence of commands, each with at most one fault, on a warehouse of the kind %s', (mode) => {
  it('leaves readers with the whole of one release and one story', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        expect(await take(newWorld({ mode }), steps)).toEqual([]);
      }),
      { seed: 7, numRuns: 80 },
    );
  });
});
