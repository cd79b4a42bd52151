import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuleGiven } from '../warehouses/snowflake/control.ts';
import { start, type } from './frozen/commands.ts';
import { expectEnd, type Kept, type Verb } from './frozen/faults.ts';
import { makeSnowflakeShop, type SnowflakeShop, scopes } from './snowflake/shop.ts';

const patience = 300_000;

/** Where the process is when it is killed; what it has sent goes on without it, or is still held when the next one comes. */
const moments = {
  'before its request': { match: 'insert into .*CUTTING', when: 'before' },
  'in the middle of its request': { match: 'swap with', when: 'after' },
  'at the end of its request': { match: 'set MARK', when: 'after' },
} as const satisfies Record<string, Pick<RuleGiven, 'match' | 'when'>>;

interface Case {
  readonly verb: Verb;
  readonly at: keyof typeof moments;
  readonly which: 'goes on' | 'is held';
  readonly then: 'resume' | 'rollback';
}

/** Who comes next waits 5 s for what is held, and cancels it. */
const cases: Readonly<Record<(typeof scopes)[number] | 'both', readonly Case[]>> = {
  both: [
    { verb: 'promote', at: 'before its request', which: 'goes on', then: 'rollback' },
    { verb: 'promote', at: 'at the end of its request', which: 'goes on', then: 'resume' },
  ],
  table: [
    { verb: 'promote', at: 'in the middle of its request', which: 'is held', then: 'resume' },
    { verb: 'rollback', at: 'in the middle of its request', which: 'goes on', then: 'resume' },
  ],
  database: [
    { verb: 'promote', at: 'in the middle of its request', which: 'is held', then: 'rollback' },
    { verb: 'rollback', at: 'in the middle of its request', which: 'goes on', then: 'rollback' },
  ],
};

describe.each(scopes)('on Snowflake, scope %s, a lastgreen that is killed', (scope) => {
  let shop: SnowflakeShop;
  const states = new Map<Verb, Kept>();
  beforeAll(async () => {
    shop = await makeSnowflakeShop(scope);
    states.set('promote', await shop.keep('waiting'));
    await shop.shop.promote();
    states.set('rollback', await shop.keep('live'));
  }, patience);
  afterAll(() => shop[Symbol.asyncDispose]());

  const isIdle = async (): Promise<boolean> =>
    (await shop.server.control.statements()).every(({ status }) => status !== 'RUNNING');
  const untilIdle = async (): Promise<void> => {
    await expect.poll(isIdle, { timeout: 30_000 }).toBe(true);
  };

  test.each([...cases.both, ...cases[scope]])(
    'in a $verb, $at, which $which, is followed by a $then that ends well',
    {
      timeout: patience,
    },
    async ({ verb, at, which, then }) => {
      const state = states.get(verb);
      if (!state) throw new RangeError(`there is no ${verb}`);
      await shop.putBack(state);
      const rule = await shop.server.control.rule({ ...moments[at], do: { kind: 'hold' } });
      const { process } = await start(shop.shop, [verb], {});
      await rule.reached(60_000);
      process.kill('SIGKILL');
      expect(await process).toMatchObject({ signal: 'SIGKILL' });
      if (which === 'goes on') {
        await rule.release();
        await untilIdle();
      }
      const what = `${verb} that was killed ${at}`;
      const { version } = await shop.lookHalfway(what);
      await expectEnd({ shop, verb }, then, version, what);
      await shop.server.control.clearRules();
      // What was held and is let go on has been cancelled.
      await untilIdle();
      expect(await type(shop.shop, 'status')).toMatchObject({ exit: 0 });
    },
  );
});
