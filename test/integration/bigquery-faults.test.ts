import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigqueryShop, makeBigqueryShop } from './bigquery/shop.ts';
import { type Fault, type Frozen, faultsOf, freeze, isInCutover, meet, type Outcome } from './frozen/faults.ts';

const patience = 1_800_000;

/** All of them take long; without it, every so many, of which the faults follow each other in turn. */
const every = process.env['LASTGREEN_EVERY_FAULT'] === '1';
const [inCutover, beside] = every ? [1, 1] : [3, 17];

const oneOf = (some: readonly Fault[], stride: number): readonly Fault[] => some.filter((_, n) => n % stride === 0);

describe('on BigQuery,', () => {
  let shop: BigqueryShop;
  const frozen = new Map<string, Frozen>();
  beforeAll(async () => {
    shop = await makeBigqueryShop();
    // A rollback is typed where a promote has been.
    for (const verb of ['promote', 'rollback'] as const) frozen.set(verb, await freeze(shop, verb));
  }, patience);
  afterAll(() => shop[Symbol.asyncDispose]());

  describe.each(['promote', 'rollback'])('a %s that the server lets down at a request', (verb) => {
    const meetAll = async (isMeant: (fault: Fault) => boolean, stride: number): Promise<readonly Outcome[]> => {
      const state = frozen.get(verb);
      if (!state) throw new RangeError(`there is no ${verb}`);
      const faults = faultsOf(state).filter(isMeant);
      const outcomes: Outcome[] = [];
      const wrong: string[] = [];
      for (const fault of oneOf(faults, stride))
        await meet(state, fault).then(
          (outcome) => outcomes.push(outcome),
          (error: unknown) => wrong.push(String(error)),
        );
      expect(wrong).toEqual([]);
      process.stdout.write(
        `${verb}: ${outcomes.length} of ${faults.length} faults; exits ${outcomes.map(({ exit }) => exit).join(' ')}\n`,
      );
      return outcomes;
    };

    test('that repoints a view ends whole, or can be finished or taken back', { timeout: patience }, async () => {
      const outcomes = await meetAll(isInCutover, inCutover);
      // Some stopped in the middle.
      expect(outcomes.some(({ version }) => version === 'mixed')).toBe(true);
    });

    test('beside that changes nothing, or all', { timeout: patience }, async () => {
      const outcomes = await meetAll((fault) => !isInCutover(fault), beside);
      expect(outcomes.length).toBeGreaterThan(0);
    });
  });
});
