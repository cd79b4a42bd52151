import { afterAll, beforeAll, expect, test } from 'vitest';
import { fence, type ReleaseId, releaseOf } from '../../src/domain/ids.ts';
import { type BigqueryHouse, bigqueryHouse, READER } from '../contract/bigquery/house.ts';
import { containersOf, Driver } from '../contract/warehouse/house.ts';
import { connectionOf, openClient } from '../warehouses/bigquery/client.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';
import { type Answer, read } from './frozen/reader.ts';

let server: BigqueryServer;
let house: BigqueryHouse;
let driver: Driver;
beforeAll(async () => {
  server = await startBigquery();
  house = await bigqueryHouse(server);
  driver = new Driver(house);
});
afterAll(() => server.stop());

const DELAY_MS = 150;

const names = ['a table', 'another table', 'a view', 'a view on views', 'of another kind'];

const release = (n: number) => (side: BigqueryHouse['live']) => {
  const at = (name: string): string => driver.relation(side, name);
  const stamped = `select ${n} as release`;
  return [
    `create or replace table ${at('a table')} as ${stamped}`,
    `create or replace table ${at('another table')} as ${stamped}`,
    `create or replace view ${at('a view')} as select release from ${at('a table')}`,
    `create or replace view ${at('a view on views')} as select v.release from ${at('a view')} v, ${at('another table')} t where t.release > 0`,
    `drop ${n === 1 ? 'view' : 'table'} if exists ${at('of another kind')}`,
    `create or replace ${n === 1 ? 'table' : 'view'} ${at('of another kind')} as ${stamped}`,
  ];
};

interface Cutover {
  readonly began: number;
  readonly ended: number;
  readonly windowMs: number | null;
}

async function timed(act: () => Promise<{ readonly windowMs: number | null }>): Promise<Cutover> {
  const began = performance.now();
  const { windowMs } = await act();
  return { began, ended: performance.now(), windowMs };
}

/** From one of two releases to the other, under the next number. */
async function swapTo(n: number, content: ReleaseId): Promise<Cutover> {
  const { warehouse } = house;
  await warehouse.claim(fence(n), null);
  const side = (await warehouse.kept()).findLast((kept) => kept.release === content);
  const plan = await driver.plan(n, containersOf(side), content);
  return timed(() => warehouse.cutover(plan, { fence: fence(n), seal: null, live: null }));
}

test('readers who may see nothing but the views get no error during a dozen cutovers, and a mix only in the time that is told', {
  timeout: 300_000,
}, async () => {
  await driver.deploy(1, release(1));
  const { seal, look } = await driver.build(2, release(2));
  const reader = await read(
    openClient(connectionOf(server.url, READER)),
    names.map((name) => driver.relation(house.live, name)),
  );
  // As long as one of many views: on this server each takes a few ms.
  const slow = { kind: 'delay', ms: DELAY_MS } as const;
  await server.control.rule({
    match: `PATCH .*${house.serving}/tables/another`,
    onwards: true,
    when: 'before',
    do: slow,
  });
  const first = await driver.plan(2, seal.sides);
  const cutovers = [await timed(() => house.warehouse.cutover(first, { fence: fence(2), seal, live: look }))];
  for (let n = 3; n <= 13; n++) cutovers.push(await swapTo(n, releaseOf(fence(n % 2 === 1 ? 1 : 2))));
  await server.control.clearRules();
  const answers = await reader.stop();

  expect(answers.filter(({ error }) => error !== null)).toEqual([]);
  expect(new Set(answers.flatMap(({ releases }) => releases))).toEqual(new Set([1, 2]));
  const mixed = answers.filter(({ releases }) => new Set(releases).size > 1);
  // Otherwise nothing was seen of what is told.
  expect(mixed.length).toBeGreaterThan(0);
  const during = ({ asked, got }: Answer): Cutover | undefined =>
    cutovers.find((cutover) => asked < cutover.ended && got > cutover.began);
  for (const [cutover, some] of Map.groupBy(mixed, during)) {
    // From the first that was a mix for sure to the last that was.
    const seenMs = Math.max(...some.map(({ asked }) => asked)) - Math.min(...some.map(({ got }) => got));
    expect(cutover?.windowMs ?? Number.NaN).toBeGreaterThanOrEqual(seenMs);
  }
  for (const { windowMs, began, ended } of cutovers) {
    expect(windowMs).toBeGreaterThan(DELAY_MS);
    expect(windowMs).toBeLessThan(ended - began);
  }
  const windows = cutovers.map(({ windowMs }) => windowMs ?? 0).toSorted((a, b) => a - b);
  process.stdout.write(
    `${answers.length} answers, ${mixed.length} of them mixed, in ${cutovers.length} cutovers; told: ${windows[0]} to ${windows.at(-1)} ms\n`,
  );
});
