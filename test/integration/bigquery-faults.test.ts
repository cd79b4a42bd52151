import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BigqueryShop, makeBigqueryShop } from './bigquery/shop.ts';
import { type } from './frozen/commands.ts';
import { readers } from './frozen/environment.ts';
import { type Fault, type Frozen, faultsOf, freeze, isInCutover, meet, type Outcome } from './frozen/faults.ts';

const patience = 1_800_000;

/** All of them take long; without it, every so many beside the cutover, of which the faults follow each other in turn. */
const every = process.env['LASTGREEN_EVERY_FAULT'] === '1';

/** Of what readers can see the worst: that is the end of the server, or of the answer. */
const worst = (some: readonly Fault[]): readonly Fault[] =>
  every ? some : some.filter(({ how }) => how === 'dead from' || how === 'drops after');
const someOf = (some: readonly Fault[]): readonly Fault[] => (every ? some : some.filter((_, n) => n % 47 === 0));

describe('on BigQuery,', () => {
  let shop: BigqueryShop;
  const frozen = new Map<string, Frozen>();
  beforeAll(async () => {
    shop = await makeBigqueryShop();
    // A rollback is typed where a promote has been.
    for (const verb of ['promote', 'rollback'] as const) frozen.set(verb, await freeze(shop, verb));
  }, patience);
  afterAll(() => shop[Symbol.asyncDispose]());

  test('a promote that is asked to wait at every tenth request ends right, and says what it waited for', {
    timeout: patience,
  }, async () => {
    const state = frozen.get('promote');
    if (!state) throw new RangeError('there is no promote');
    await shop.putBack(state.state);
    const { length } = await shop.server.control.requests();
    await shop.server.control.rule({
      match: '.',
      every: 10,
      do: { kind: 'fail', reason: 'rateLimitExceeded', code: 403, message: 'Exceeded rate limits' },
    });
    const ended = await type(shop.shop, 'promote');
    await shop.heal();
    expect(ended, ended.err).toMatchObject({ exit: 0 });
    expect(await readers(shop.shop)).toEqual([3]);
    const refused = (await shop.server.control.requests())
      .slice(length)
      .filter(({ reason, status }) => status === 403 || reason === 'rateLimitExceeded');
    expect(refused.length).toBeGreaterThan(1);
    // A question whether a job has ended is asked in another way at once.
    const told = ended.err.match(/waits \d+ ms, then again: /g)?.length ?? 0;
    expect(told).toBeGreaterThan(1);
    expect(told).toBeLessThanOrEqual(refused.length);
    await shop.expectNothingLost();
  });

  describe.each(['promote', 'rollback'])('a %s that the server lets down at a request', (verb) => {
    const meetAll = async (isMeant: (fault: Fault) => boolean, sample: typeof worst): Promise<readonly Outcome[]> => {
      const state = frozen.get(verb);
      if (!state) throw new RangeError(`there is no ${verb}`);
      const faults = faultsOf(state).filter(isMeant);
      const outcomes: Outcome[] = [];
      const wrong: string[] = [];
      for (const fault of sample(faults))
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
      const outcomes = await meetAll(isInCutover, worst);
      // Some stopped in the middle.
      expect(outcomes.some(({ version }) => version === 'mixed')).toBe(true);
    });

    test('beside that changes nothing, or all', { timeout: patience }, async () => {
      const outcomes = await meetAll((fault) => !isInCutover(fault), someOf);
      expect(outcomes.length).toBeGreaterThan(0);
    });
  });
});
