import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CutoverPlan, LiveLook, Seal } from '../../src/domain/cutover.ts';
import { fence, type ReleaseId, releaseOf } from '../../src/domain/ids.ts';
import { type SnowflakeHouse, snowflakeHouse } from '../contract/snowflake/house.ts';
import { withLeaving } from '../contract/snowflake/leaving.ts';
import { containersOf, Driver } from '../contract/warehouse/house.ts';
import { openClient } from '../warehouses/snowflake/client.ts';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';
import { type Answer, read } from './frozen/reader.ts';

let server: SnowflakeServer;
let house: SnowflakeHouse;
let driver: Driver;
beforeAll(async () => {
  server = await startSnowflake();
  house = await snowflakeHouse(server);
  driver = new Driver(withLeaving(house, ['new', 'removed']));
});
afterAll(() => server.stop());

const DELAY_MS = 150;

const stable = ['a table', 'another table', 'a view', 'a view on views'];

const release = (of: Driver, n: number) => (side: SnowflakeHouse['live']) => {
  const at = (name: string): string => of.relation(side, name);
  const stamped = `select ${n} as release`;
  return [
    `create or replace table ${at('a table')} as ${stamped}`,
    `create or replace table ${at('another table')} as ${stamped}`,
    `create or replace view ${at('a view')} as select release from ${at('a table')}`,
    `create or replace view ${at('a view on views')} as select v.release from ${at('a view')} v, ${at('another table')} t where t.release > 0`,
    `create or replace ${n === 1 ? 'table' : 'view'} ${at('of another kind')} as ${stamped}`,
    `create or replace table ${at(n === 1 ? 'removed' : 'new')} as ${stamped}`,
  ];
};

interface Cutover {
  readonly began: number;
  readonly ended: number;
  readonly windowMs: number | null;
}

/** From one of two releases to the other, under the next number. */
async function swapTo(of: SnowflakeHouse, by: Driver, n: number, content: ReleaseId): Promise<Cutover> {
  const { warehouse } = of;
  await warehouse.claim(fence(n), null);
  const side = (await warehouse.kept()).findLast((kept) => kept.release === content);
  return cutoverOf(of, n, await by.plan(n, containersOf(side), content), { seal: null, live: null });
}

async function cutoverOf(
  { warehouse }: SnowflakeHouse,
  n: number,
  plan: CutoverPlan,
  guard: { readonly seal: Seal | null; readonly live: LiveLook | null },
): Promise<Cutover> {
  const began = performance.now();
  const { windowMs } = await warehouse.cutover(plan, { fence: fence(n), ...guard });
  return { began, ended: performance.now(), windowMs };
}

test('readers get no error during twenty cutovers and swap backs, and a mix only in the time that is told', {
  timeout: 300_000,
}, async () => {
  await driver.deploy(1, release(driver, 1));
  const [one, two] = [releaseOf(fence(1)), releaseOf(fence(2))];
  const { seal, look } = await driver.build(2, release(driver, 2));
  const names = (some: readonly string[]) => some.map((name) => driver.relation(house.live, name));
  const readers = [
    await read(await openClient(server.connection), names(stable)),
    // Nothing exchanges two kinds: for a moment there is neither.
    await read(await openClient(server.connection), names(['of another kind'])),
  ];
  // As long as one with many relations; on this server each takes a few ms.
  const slow = { kind: 'delay', ms: DELAY_MS } as const;
  await server.control.rule({ match: 'another table.* swap with', onwards: true, when: 'before', do: slow });
  const cutovers = [await cutoverOf(house, 2, await driver.plan(2, seal.sides), { seal, live: look })];
  for (let n = 3; n <= 21; n++) cutovers.push(await swapTo(house, driver, n, n % 2 === 1 ? one : two));
  await server.control.clearRules();
  const [answers = [], other = []] = await Promise.all(readers.map((reader) => reader.stop()));

  expect(answers.filter(({ error }) => error !== null)).toEqual([]);
  expect(new Set(answers.flatMap(({ releases }) => releases))).toEqual(new Set([1, 2]));
  const during = ({ asked, got }: Answer): Cutover | undefined =>
    cutovers.find((cutover) => asked < cutover.ended && got > cutover.began);
  for (const answer of other) {
    expect(answer.error ?? 'does not exist').toContain('does not exist');
    expect(answer.releases.length === 1 || during(answer) !== undefined).toBe(true);
  }

  const mixed = answers.filter(({ releases }) => new Set(releases).size > 1);
  // Otherwise nothing was seen of what is told.
  expect(mixed.length).toBeGreaterThan(0);
  const seen = Map.groupBy(mixed, during);
  for (const [cutover, some] of seen) {
    // From the first that was a mix for sure to the last that was.
    const seenMs = Math.max(...some.map(({ asked }) => asked)) - Math.min(...some.map(({ got }) => got));
    expect(cutover?.windowMs ?? Number.NaN).toBeGreaterThanOrEqual(seenMs);
  }
  for (const { windowMs: told, began: from, ended } of cutovers) {
    expect(told).toBeGreaterThan(DELAY_MS);
    expect(told).toBeLessThan(ended - from);
  }
  const windows = cutovers.map((cutover) => cutover.windowMs ?? 0).toSorted((a, b) => a - b);
  process.stdout.write(
    `${answers.length} answers, ${mixed.length} of them mixed, in ${seen.size} of ${cutovers.length} cutovers; told: ${windows[0]} to ${windows.at(-1)} ms\n`,
  );
});

test('where one relation is replaced, or only new ones come, readers never have a mix, and are told so', async () => {
  const single = await snowflakeHouse(server);
  const alone = new Driver(withLeaving(single, []));
  const table = (n: number, name: string) => (side: SnowflakeHouse['live']) => [
    `create or replace table ${alone.relation(side, name)} as select ${n} as release`,
  ];
  const windows: (number | null)[] = [];
  for (const [n, name] of [
    [1, 'first'],
    [2, 'first'],
    [3, 'second'],
  ] as const) {
    const { seal, look } = await alone.build(n, table(n, name));
    const plan = await alone.plan(n, seal.sides);
    windows.push((await single.warehouse.cutover(plan, { fence: fence(n), seal, live: look })).windowMs);
  }
  expect(windows).toEqual([0, 0, 0]);
});

test('where whole databases change places, readers get no error and never a mix, whatever changes in them', {
  timeout: 300_000,
}, async () => {
  const databases = await snowflakeHouse(server, { scope: 'database' });
  const whole = new Driver(databases);
  await whole.deploy(1, release(whole, 1));
  const { seal, look } = await whole.build(2, (side) => [
    ...release(whole, 2)(side).toSpliced(4, 0, `drop table ${whole.relation(side, 'of another kind')}`),
    `drop table ${whole.relation(side, 'removed')}`,
  ]);
  const everything = [...stable, 'of another kind'].map((name) => whole.relation(databases.live, name));
  const reader = await read(await openClient(server.connection), everything);
  const cutovers = [await cutoverOf(databases, 2, await whole.plan(2, seal.sides), { seal, live: look })];
  for (let n = 3; n <= 13; n++) cutovers.push(await swapTo(databases, whole, n, releaseOf(fence(n % 2 === 1 ? 1 : 2))));
  const answers = await reader.stop();
  expect(answers.filter(({ error }) => error !== null)).toEqual([]);
  expect(answers.filter(({ releases }) => new Set(releases).size > 1)).toEqual([]);
  expect(new Set(answers.flatMap(({ releases }) => releases))).toEqual(new Set([1, 2]));
  expect(cutovers.map(({ windowMs }) => windowMs)).toEqual(cutovers.map(() => 0));
  process.stdout.write(`${answers.length} answers during ${cutovers.length} cutovers of whole databases\n`);
});

test('where schemas change places, readers get no error, and a mix only where a view could not be bound before, in the time that is told', {
  timeout: 300_000,
}, async () => {
  const schemas = await snowflakeHouse(server, { scope: 'schema' });
  const whole = new Driver(schemas);
  const grown = (n: number, side: SnowflakeHouse['live']) => [
    `create or replace table ${whole.relation(side, 'what grew')} as select ${n} as release${n === 1 ? '' : ', 1 as more'}`,
    `create or replace view ${whole.relation(side, 'over it')} as select release from ${whole.relation(side, 'what grew')}`,
  ];
  await whole.deploy(1, (side) => [...release(whole, 1)(side), ...grown(1, side)]);
  const { seal, look } = await whole.build(2, (side) => [
    ...release(whole, 2)(side).toSpliced(4, 0, `drop table ${whole.relation(side, 'of another kind')}`),
    ...grown(2, side),
  ]);
  const everything = [...stable, 'of another kind', 'over it'].map((name) => whole.relation(schemas.live, name));
  const reader = await read(await openClient(server.connection), everything);
  await server.control.rule({ match: 'replace view .*over it', when: 'before', do: { kind: 'delay', ms: DELAY_MS } });
  const first = await cutoverOf(schemas, 2, await whole.plan(2, seal.sides), { seal, live: look });
  const back: Cutover[] = [];
  for (let n = 3; n <= 8; n++) back.push(await swapTo(schemas, whole, n, releaseOf(fence(n % 2 === 1 ? 1 : 2))));
  const answers = await reader.stop();
  expect(answers.filter(({ error }) => error !== null)).toEqual([]);
  const mixed = answers.filter(({ releases }) => new Set(releases).size > 1);
  expect(mixed.length).toBeGreaterThan(0);
  expect(mixed.every(({ asked, got }) => asked < first.ended && got > first.began)).toBe(true);
  const seenMs = Math.max(...mixed.map(({ asked }) => asked)) - Math.min(...mixed.map(({ got }) => got));
  expect(first.windowMs).toBeGreaterThanOrEqual(Math.max(DELAY_MS, seenMs));
  expect(first.windowMs).toBeLessThan(first.ended - first.began);
  // Views that were live once name what is live.
  expect(back.map(({ windowMs }) => windowMs)).toEqual(back.map(() => 0));
});
