import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reverseChanges } from '../../src/domain/change.ts';
import type { CutoverPlan } from '../../src/domain/cutover.ts';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { observe } from '../../src/domain/observe.ts';
import type { Warehouse, WarehouseError } from '../../src/warehouse/port.ts';
import { connectSnowflake } from '../../src/warehouse/snowflake/index.ts';
import { SCHEMA, type SnowflakeHouse, snowflakeHouse } from '../contract/snowflake/house.ts';
import { type Built, Driver } from '../contract/warehouse/house.ts';
import type { RuleGiven, Statement } from '../warehouses/snowflake/control.ts';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';
import { scopes } from './snowflake/shop.ts';

/** Longer than a test: who claims waits for the end. And so short that it is not waited for: what still runs is cancelled. */
const patience = { waits: { drainMs: 60_000 }, cancels: { drainMs: 0 } } as const;

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

describe.each([...scopes, 'schema'] as const)('on Snowflake, scope %s,', (scope) => {
  let house: SnowflakeHouse;
  let driver: Driver;
  let built: Built;
  let plan: CutoverPlan;
  /** Release 1 is live; 2 is sealed, and its controller is about to cut over. */
  beforeAll(async () => {
    house = await snowflakeHouse(server, { scope });
    driver = new Driver(house);
    await driver.deploy(1, driver.orders([1]));
    built = await driver.build(2, driver.orders([1, 2]));
    plan = await driver.plan(2, built.seal.sides);
    await server.control.keep(house.database, 'ready');
  });
  beforeEach(() => server.control.putBack(house.database, 'ready'));
  afterAll(() => house.dispose());

  const open: Warehouse[] = [];
  afterEach(async () => {
    await server.control.clearRules();
    for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
  });

  /** Another controller, that waits for those before it or does not. */
  function comes(manner: keyof typeof patience): Warehouse {
    const output = { type: 'snowflake', ...server.profile, database: house.database, schema: `"${SCHEMA}"` };
    const one = connectSnowflake({ output, exchange: scope, patience: patience[manner] });
    open.push(one);
    return one;
  }

  const readers = async () => {
    const [row] = await house.read(
      `select (select count(*) from ${driver.relation(house.live, 'orders')}) as orders, (select orders from ${driver.relation(house.live, 'totals')}) as told`,
    );
    return row;
  };
  const whole = (n: number) => ({ orders: n, told: n });

  /** A controller that is held at a statement; how its cutover ends. */
  async function held(given: Pick<RuleGiven, 'match' | 'when'>) {
    const rule = await server.control.rule({ ...given, do: { kind: 'hold' } });
    const end = house.warehouse
      .cutover(plan, { fence: fence(2), seal: built.seal, live: built.look })
      .then(() => 'done')
      .catch(({ is }: WarehouseError) => is);
    await rule.reached();
    return { release: () => rule.release(), end };
  }

  const sentBy = async (n: number): Promise<readonly Statement[]> =>
    (await server.control.statements()).filter(
      ({ sql, tag }) => tag.includes(`"release":"r${n}"`) && tag.includes('"step":"cutover"') && sql.length > 0,
    );

  /** Whoever claimed next finishes what was begun, or takes it back, as the engine does. */
  async function goOn(another: Warehouse, way: 'finishes' | 'takes back'): Promise<void> {
    const catalog = await another.catalog([...house.live, ...house.idle, ...plan.kept]);
    const { todo } = observe(plan.changes, (name) => catalog.state(name));
    const undone = new Set(todo);
    const changes =
      way === 'finishes' ? plan.changes : reverseChanges(plan.changes.filter((change) => !undone.has(change)));
    const mark = { ...plan.mark, fence: fence(3), ...(way === 'finishes' ? {} : { release: releaseOf(fence(3)) }) };
    await another.cutover({ ...plan, changes, mark }, { fence: fence(3), seal: null, live: null });
  }

  describe('a controller that was held before its request, when another one has claimed', () => {
    it.each([
      // Nobody knows yet that it is about to cut over.
      ['has not said yet that it is about to', { match: 'insert into .*CUTTING', when: 'before' }],
      ['has just said that it is about to', { match: 'insert into .*CUTTING', when: 'after' }],
      ['has sent it', { match: 'as FENCE', when: 'before' }],
    ] as const)('changes nothing where it %s, whether it is let go on while the other one waits', async (_, moment) => {
      const another = comes('waits');
      const stale = await held(moment);
      const claimed = another.claim(fence(3), plan);
      await expect.poll(async () => (await another.standing()).claimed).toBe(3);
      await stale.release();
      await claimed;
      expect(await stale.end).toBe('fenced');
      expect(await readers()).toEqual(whole(1));
      await goOn(another, 'finishes');
      expect(await readers()).toEqual(whole(2));
    });

    it.each([
      ['has not said yet that it is about to', { match: 'insert into .*CUTTING', when: 'before' }],
      ['has just said that it is about to', { match: 'insert into .*CUTTING', when: 'after' }],
      ['has sent it', { match: 'as FENCE', when: 'before' }],
    ] as const)('changes nothing where it %s, nor when it is let go on after the claim', async (_, moment) => {
      const another = comes('cancels');
      const stale = await held(moment);
      await another.claim(fence(3), plan);
      expect(await readers()).toEqual(whole(1));
      await goOn(another, 'finishes');
      await stale.release();
      expect(['fenced', 'refused', 'unknown']).toContain(await stale.end);
      expect(await readers()).toEqual(whole(2));
      expect((await another.standing()).mark).toMatchObject({ release: 'r2', fence: 3 });
    });
  });

  describe('a controller that was held in the middle of its request, when another one has claimed', () => {
    const between = [
      ['the first swap and what comes after it', { match: 'swap with', when: 'after' }],
      ['what readers see and what is kept', { match: 'alter (schema|database) .* rename', when: 'before' }],
      ['all changes and the mark', { match: 'set MARK', when: 'before' }],
    ] as const;

    it.each(between)('is waited for between %s, and says that it lost', async (_, moment) => {
      const another = comes('waits');
      const stale = await held(moment);
      let isClaimed = false;
      const claimed = another.claim(fence(3), plan).then((mark) => {
        isClaimed = true;
        return mark;
      });
      await expect.poll(async () => (await another.standing()).claimed).toBe(3);
      expect(isClaimed).toBe(false);
      await stale.release();
      // Whatever it did, it did before the claim came to its end; the mark is of the one before.
      expect(await claimed).toMatchObject({ release: 'r1' });
      expect(await stale.end).toBe('fenced');
      const { length } = await sentBy(2);
      await goOn(another, 'finishes');
      expect(await readers()).toEqual(whole(2));
      expect((await another.standing()).mark).toMatchObject({ release: 'r2', fence: 3 });
      expect(await sentBy(2)).toHaveLength(length);
    });

    it.each(
      between.flatMap(([where, moment]) =>
        (['finishes', 'takes back'] as const).map((way) => [where, way, moment] as const),
      ),
    )('is cancelled between %s, and the other one %s what it began', async (_, way, moment) => {
      const another = comes('cancels');
      const stale = await held(moment);
      await another.claim(fence(3), plan);
      const { length } = await sentBy(2);
      await goOn(another, way);
      expect(await readers()).toEqual(whole(way === 'finishes' ? 2 : 1));
      await stale.release();
      expect(await stale.end).toBe('unknown');
      expect(await sentBy(2)).toHaveLength(length);
      expect(await readers()).toEqual(whole(way === 'finishes' ? 2 : 1));
      expect((await another.standing()).mark).toMatchObject({ fence: 3 });
    });
  });
});
