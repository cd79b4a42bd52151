import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, type Frozen, faultsOf, freeze, isInRequest, meet, type Outcome } from './snowflake/faults.ts';
import { makeSnowflakeShop, type SnowflakeShop } from './snowflake/shop.ts';

const patience = 1_800_000;

/** All of them take a quarter of an hour; without it, every so many, of which the faults follow each other in turn. */
const every = process.env['LASTGREEN_EVERY_FAULT'] === '1';
const [oneInRequest, oneBeside] = every ? [1, 1] : [9, 21];

let shop: SnowflakeShop;
const frozen = new Map<string, Frozen>();
beforeAll(async () => {
  shop = await makeSnowflakeShop('table');
  // A rollback is typed where a promote has been.
  for (const verb of ['promote', 'rollback'] as const) frozen.set(verb, await freeze(shop, verb));
}, patience);
afterAll(() => shop[Symbol.asyncDispose]());

const oneOf = (some: readonly Fault[], stride: number): readonly Fault[] => some.filter((_, n) => n % stride === 0);

describe.each(['promote', 'rollback'])('on Snowflake, a %s that the server lets down at a statement', (verb) => {
  const meetAll = async (isMeant: (fault: Fault) => boolean, stride: number): Promise<readonly Outcome[]> => {
    const state = frozen.get(verb);
    if (!state) throw new RangeError(`there is no ${verb}`);
    const faults = faultsOf(state).filter(isMeant);
    const outcomes: Outcome[] = [];
    for (const fault of oneOf(faults, stride)) outcomes.push(await meet(state, fault));
    process.stdout.write(
      `${verb}: ${outcomes.length} of ${faults.length} faults; exits ${outcomes.map(({ exit }) => exit).join(' ')}\n`,
    );
    return outcomes;
  };

  test('of its request ends whole, or can be finished or taken back', { timeout: patience }, async () => {
    const outcomes = await meetAll(isInRequest, oneInRequest);
    // Some stopped where readers have a part of it.
    expect(outcomes.some(({ version }) => version === 'mixed')).toBe(true);
  });

  test('beside its request changes nothing, or all', { timeout: patience }, async () => {
    const outcomes = await meetAll((fault) => !isInRequest(fault), oneBeside);
    expect(outcomes.filter(({ version }) => version === 'mixed')).toEqual([]);
  });
});
