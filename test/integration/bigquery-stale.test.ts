import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reverseChanges } from '../../src/domain/change.ts';
import type { CutoverPlan } from '../../src/domain/cutover.ts';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { observe } from '../../src/domain/observe.ts';
import type { WarehouseError } from '../../src/warehouse/port.ts';
import { type BigqueryHouse, bigqueryHouse } from '../contract/bigquery/house.ts';
import { type Built, Driver } from '../contract/warehouse/house.ts';
import type { RuleGiven } from '../warehouses/bigquery/control.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';

let server: BigqueryServer;
let house: BigqueryHouse;
let driver: Driver;
let built: Built;
let plan: CutoverPlan;

/** Release 1 is live; 2, which has one relation more and one less, is sealed, and its controller is about to cut over. */
beforeAll(async () => {
  server = await startBigquery();
  house = await bigqueryHouse(server);
  driver = new Driver(house);
  const more = (name: string) => (side: typeof house.live) => [
    `create or replace table ${driver.relation(side, name)} as select 1 as n`,
  ];
  await driver.deploy(1, (side) => [...driver.orders([1])(side), ...more('leaves')(side)]);
  built = await driver.build(2, (side) => [
    ...driver.orders([1, 2])(side),
    ...more('comes')(side),
    `drop table ${driver.relation(side, 'leaves')}`,
  ]);
  plan = await driver.plan(2, built.seal.sides);
  await server.control.keep(house.serving, 'ready');
});
afterAll(() => server.stop());
beforeEach(() => server.control.putBack(house.serving, 'ready'));
afterEach(() => server.control.clearRules());

const readers = async () => {
  const [row] = await house.read(
    `select (select count(*) from ${driver.relation(house.live, 'orders')}) as orders, (select orders from ${driver.relation(house.live, 'totals')}) as told`,
  );
  return row;
};
const whole = (n: number) => ({ orders: n, told: n });

/** What readers may use beside the orders. */
const others = async (): Promise<readonly string[]> =>
  (await house.another.catalog(house.live)).relations
    .map(({ relation }) => relation.identifier)
    .filter((name) => name === 'comes' || name === 'leaves');

/** A controller that is held at a request; how its cutover ends. */
async function held(given: Pick<RuleGiven, 'match' | 'when'>) {
  const rule = await server.control.rule({ ...given, do: { kind: 'hold' } });
  const end = house.warehouse
    .cutover(plan, { fence: fence(2), seal: built.seal, live: built.look })
    .then(() => 'done')
    .catch(({ is }: WarehouseError) => is);
  await rule.reached();
  return { release: () => rule.release(), end };
}

/** Whoever claimed next finishes what was begun, or takes it back, as the engine does. */
async function goOn(way: 'finishes' | 'takes back'): Promise<void> {
  const { another } = house;
  const catalog = await another.catalog([...house.live, ...built.seal.sides, ...plan.kept]);
  const { done, state } = observe(plan.changes, (name) => catalog.state(name));
  expect(state).not.toBe('foreign');
  const changes = way === 'finishes' ? plan.changes : reverseChanges(done);
  const mark = { ...plan.mark, fence: fence(3), ...(way === 'finishes' ? {} : { release: releaseOf(fence(3)) }) };
  await another.cutover({ ...plan, changes, mark }, { fence: fence(3), seal: null, live: null });
}

const moments = [
  ['before it says that it is about to', { match: 'PATCH .*__lastgreen/tables/control', when: 'before' }],
  ['once it has said that it is about to', { match: 'PATCH .*__lastgreen/tables/control', when: 'after' }],
  ['before one of the first views', { match: 'PATCH .*/tables/(orders|totals)\\b', when: 'before' }],
  ['after one of the first views', { match: 'PATCH .*/tables/(orders|totals)\\b', when: 'after' }],
  ['before a view that is new', { match: 'create view .*comes', when: 'before' }],
  ['after a view that is new', { match: 'create view .*comes', when: 'after' }],
  ['before a view that goes', { match: 'drop view .*leaves', when: 'before' }],
] as const;

describe('a stale controller on BigQuery, when another one has claimed,', () => {
  it.each(
    moments.flatMap(([where, moment]) =>
      (['finishes', 'takes back'] as const).map((way) => [where, way, moment] as const),
    ),
  )('that was held %s changes nothing any more, and the other one %s what it began', async (_, way, moment) => {
    const stale = await held(moment);
    await house.another.claim(fence(3), plan);
    await goOn(way);
    const n = way === 'finishes' ? 2 : 1;
    expect(await readers()).toEqual(whole(n));
    await stale.release();
    expect(['fenced', 'unknown', 'drifted']).toContain(await stale.end);
    expect(await readers()).toEqual(whole(n));
    expect(await others()).toEqual(n === 2 ? ['comes'] : ['leaves']);
    expect((await house.another.standing()).mark).toMatchObject({ fence: 3 });
  });
});
