import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, type Frozen, faultsOf, freeze, isInCutover, meet, type Outcome } from './frozen/faults.ts';
import { makeSnowflakeShop, type SnowflakeShop, scopes } from './snowflake/shop.ts';

const patience = 1_800_000;

/** All of them take a quarter of an hour; without it, every so many, of which the faults follow each other in turn. */
const every = process.env['LASTGREEN_EVERY_FAULT'] === '1';
const strides = { table: [11, 29], database: [9, 63] } as const;

const oneOf = (some: readonly Fault[], stride: number): readonly Fault[] => some.filter((_, n) => n % stride === 0);

/** `LASTGREEN_FAULTS_OF=database`: in that scope only. */
const asked = scopes.filter((scope) => (process.env['LASTGREEN_FAULTS_OF'] ?? scope) === scope);

describe.each(asked)('on Snowflake, scope %s,', (scope) => {
  const [inRequest, beside] = every ? [1, 1] : strides[scope];
  let shop: SnowflakeShop;
  const frozen = new Map<string, Frozen>();
  beforeAll(async () => {
    shop = await makeSnowflakeShop(scope);
    // A rollback is typed where a promote has been.
    for (const verb of ['promote', 'rollback'] as const) frozen.set(verb, await freeze(shop, verb));
  }, patience);
  afterAll(() => shop[Symbol.asyncDispose]());

  describe.each(['promote', 'rollback'])('a %s that the server lets down at a statement', (verb) => {
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
        `${scope}, ${verb}: ${outcomes.length} of ${faults.length} faults; exits ${outcomes.map(({ exit }) => exit).join(' ')}\n`,
      );
      return outcomes;
    };

    test('of its request ends whole, or can be finished or taken back', { timeout: patience }, async () => {
      const outcomes = await meetAll(isInCutover, inRequest);
      // Some stopped in the middle.
      expect(outcomes.some(({ version }) => version === 'mixed')).toBe(true);
    });

    test('beside its request changes nothing, or all', { timeout: patience }, async () => {
      const outcomes = await meetAll((fault) => !isInCutover(fault), beside);
      expect(outcomes.filter(({ version }) => version === 'mixed')).toEqual([]);
    });
  });
});
