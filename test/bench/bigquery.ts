import Table from 'cli-table3';
import type { CutoverPlan } from '../../src/domain/cutover.ts';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { nameKey } from '../../src/domain/relation.ts';
import { exchangeContainers } from '../../src/planning/strategies/exchange-containers.ts';
import { type BigqueryHouse, bigqueryHouse } from '../contract/bigquery/house.ts';
import { Driver } from '../contract/warehouse/house.ts';
import type { RequestSeen } from '../warehouses/bigquery/control.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';

interface Options {
  readonly quick: boolean;
  readonly say: (text: string) => void;
}

/** So many of all change. */
const CHANGED = 5;

/**
 * What a release of a few changed tables among many asks of BigQuery, and for how long readers may see some of both; beside the
 * same cutover where every view counts as changed. On the test server: requests are those of the real one, times are not.
 */
export async function bigquery({ quick, say }: Options): Promise<string> {
  await using server = await startBigquery();
  const table = new Table({
    head: ['tables', 'changed', 'fill', 'cutover', 'while readers could see a mix', 'mix, ms', 'all changed: mix, ms'],
    style: { head: [], border: [] },
  });
  for (const tables of quick ? [20, 100] : [100, 1_000]) {
    say(`a release of ${CHANGED} of ${tables} tables`);
    table.push([...(await release(server, tables))]);
  }
  return `Requests of a release on BigQuery\n${table.toString()}`;
}

async function release(server: BigqueryServer, tables: number): Promise<readonly (string | number)[]> {
  const house = await bigqueryHouse(server);
  const driver = new Driver(house);
  const names = Array.from({ length: tables }, (_, n) => `t${n}`);
  const write = (some: readonly string[], n: number) => (side: BigqueryHouse['live']) =>
    some.map((name) => `create or replace table ${driver.relation(side, name)} as select ${n} as release`);
  await driver.deploy(1, write(names, 1));
  const since = async (from: number): Promise<readonly RequestSeen[]> => (await server.control.requests()).slice(from);
  const changed = names.slice(0, CHANGED);
  const before = (await server.control.requests()).length;
  const built = await driver.build(2, write(changed, 2));
  const filled = (await since(before)).length;
  const plan = await planOf(
    driver,
    built.seal.sides,
    new Set(changed.map((name) => nameKey(house.relation(house.live, name)))),
  );
  const { length } = await server.control.requests();
  const shown = await house.warehouse.cutover(plan, { fence: fence(2), seal: built.seal, live: built.look });
  const sent = await since(length);
  const isVisible = ({ method, path }: RequestSeen): boolean =>
    method === 'PATCH' && changed.some((name) => path.endsWith(`/datasets/${house.serving}/tables/${name}`));
  const between = sent.slice(sent.findIndex(isVisible), sent.findLastIndex(isVisible) + 1);
  // Back, as if every view could be told from what it was.
  await house.warehouse.claim(fence(3), null);
  const [kept] = await house.warehouse.kept();
  const back = await driver.plan(3, kept?.containers ?? [], releaseOf(fence(1)));
  const whole = await house.warehouse.cutover(back, { fence: fence(3), seal: null, live: null });
  await house.dispose();
  return [tables, CHANGED, filled, sent.length, between.length, shown.windowMs ?? '?', whole.windowMs ?? '?'];
}

async function planOf(driver: Driver, to: BigqueryHouse['live'], seen: ReadonlySet<string>): Promise<CutoverPlan> {
  const { warehouse, live } = driver.house;
  const plan = await driver.plan(2, to);
  const [from] = live;
  const [side] = to;
  if (!from || !side) throw new RangeError('nothing was sealed');
  const facts = {
    catalog: await warehouse.catalog([from, side]),
    leaves: releaseOf(fence(1)),
    release: releaseOf(fence(2)),
    traits: warehouse.traits,
    seen,
  };
  return { ...plan, ...exchangeContainers([{ live: from, to: side }], facts) };
}
