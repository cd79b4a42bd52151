import { describe, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import { isA } from '../warehouse/house.ts';
import { type Housed, houses } from './houses.ts';
import { ended, waiting } from './waiting.ts';

const open = houses();

/** The second release is built; somebody in a transaction has read what it is to replace. */
async function read(patience: { lockMs: number; deadlineMs: number; drainMs?: number }) {
  const housed = await open({ patience });
  const { driver, house, live } = housed;
  await driver.deploy(1, driver.orders([1]));
  const built = await driver.build(2, driver.orders([1, 2]));
  const reader = await house.session();
  await reader.query("set application_name = 'a report'");
  await reader.query('begin');
  await reader.query(`select sum(amount) from ${live('orders')}`);
  return { ...housed, built, reader };
}

const untouched = async ({ driver, house, idle, value }: Housed): Promise<void> => {
  expect(await driver.readers()).toEqual([1]);
  expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r1' });
  expect(await house.warehouse.kept()).toEqual([]);
  expect(await value(`select count(*) from ${idle('orders')}`)).toBe(2);
};

describe('a cutover behind somebody who reads', () => {
  it('gives up at its deadline, says who and what, and has changed nothing', async () => {
    const { built, reader, ...housed } = await read({ lockMs: 30, deadlineMs: 300 });
    const { rows } = await reader.query<{ pid: number }>('select pg_backend_pid() as pid');
    const sent = housed.driver.publish(built);
    await expect(sent).rejects.toMatchObject({ ...isA('busy'), detail: { blockers: [expect.any(String)] } });
    await expect(sent).rejects.toThrow(
      new RegExp(`pid ${rows[0]?.pid} \\(postgres, a report, idle in transaction, for`),
    );
    await expect(sent).rejects.toThrow(/select pg_backend_pid\(\)/);
    await reader.end();
    await untouched(housed);
    await housed.driver.publish(built);
    expect(await housed.driver.readers()).toEqual([1, 2]);
  });

  it('lets others by again and again, and gets its turn when that one is done', async () => {
    const lockMs = 100;
    const { built, reader, driver, house, live } = await read({ lockMs, deadlineMs: 30_000 });
    const sent = driver.publish(built);
    const other = await house.session();
    const waits: number[] = [];
    for (let n = 0; n < 5; n++) {
      await waiting(house, 'lastgreen cutover');
      const start = performance.now();
      await other.query(`select count(*) from ${live('orders')}`);
      waits.push(performance.now() - start);
    }
    // Without letting go, it would be until the first reader ends: for ever. The rest is a busy machine.
    expect(Math.max(...waits)).toBeLessThan(lockMs + 5_000);
    await Promise.all([reader.end(), other.end()]);
    await sent;
    expect(await driver.readers()).toEqual([1, 2]);
  });
});

describe('a cutover that stands still while it has its locks', () => {
  it('is ended by the next claim, and readers go on', async () => {
    const { built, reader, driver, house, live } = await read({ lockMs: 100, deadlineMs: 60_000, drainMs: 200 });
    await reader.query('rollback');
    await house.run(
      `create or replace function lastgreen.guard(environment text, fence bigint, expected jsonb) returns void
         language sql as 'select pg_sleep(600)'`,
    );
    const fate = driver.publish(built).catch((error: unknown) => error);
    await waiting(house, 'lastgreen cutover', 'Timeout');
    const reading = reader.query(`select id from ${live('orders')}`);
    await house.another.claim(fence(3), null);
    expect((await reading).rows).toEqual([{ id: 1 }]);
    expect(await fate).toMatchObject(isA('unknown'));
    await reader.end();
    expect((await house.another.standing()).mark).toMatchObject({ release: 'r1' });
    expect(await driver.readers()).toEqual([1]);
  });
});

describe('a cutover that has not got its locks when somebody else claims', () => {
  it('changes nothing when it gets them', async () => {
    const { built, reader, driver, house } = await read({ lockMs: 60_000, deadlineMs: 60_000, drainMs: 60_000 });
    const fate = driver.publish(built).catch((error: unknown) => error);
    await waiting(house, 'lastgreen cutover');
    const claimed = house.another.claim(fence(3), null);
    await claimedIs(house, 3);
    await reader.end();
    // It began before, and its number is not the highest any more.
    expect(await fate).toMatchObject(isA('fenced'));
    expect(await claimed).toMatchObject({ release: 'r1' });
    expect(await driver.readers()).toEqual([1]);
  });
});

describe('what dbt left running', () => {
  it('is ended and counted, and nothing else is', async () => {
    const { house } = await open({ output: { application_name: 'lastgreen-prod' } });
    const left = await Promise.all([house.session(), house.session()]);
    const other = await house.session();
    const gone = left.map(ended);
    for (const session of left) await session.query("set application_name = 'lastgreen-prod'");
    await other.query("set application_name = 'lastgreen-prod-2'");
    expect(await house.warehouse.stop()).toBe(2);
    await Promise.all(gone);
    expect((await other.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    expect(await house.warehouse.stop()).toBe(0);
    await other.end();
  });
});

/** Resolves when this number has been claimed, whoever is still waited for. */
async function claimedIs(house: Housed['house'], n: number): Promise<void> {
  while ((await house.warehouse.standing()).claimed < n);
}
