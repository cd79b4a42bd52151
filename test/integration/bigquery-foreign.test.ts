import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BigqueryShop, openBigqueryShop } from './bigquery/shop.ts';
import { type } from './frozen/commands.ts';
import { configure } from './frozen/environment.ts';

let place: BigqueryShop;
/** What the view `orders` said before somebody edited it. */
let text = '';

beforeEach(async () => {
  place = await openBigqueryShop();
  const { shop, guest } = place;
  await shop.commit(1);
  await shop.build();
  await shop.promote();
  await shop.commit(2);
  await shop.build();
  const [view] = await guest.ask(
    "select view_definition as text from analytics.INFORMATION_SCHEMA.VIEWS where table_name = 'orders'",
  );
  text = String(view?.['text']);
}, 60_000);
afterEach(async () => place[Symbol.asyncDispose]());

const edit = () => place.guest.ask('create or replace view analytics.orders as select 1 as id, 99 as version');
const putBack = () => place.guest.ask(`create or replace view analytics.orders as ${text}`);

/** Of `orders` and of `totals`, by what each gives. */
async function versions(): Promise<readonly unknown[]> {
  const [orders] = await place.guest.ask('select distinct version as v from analytics.orders');
  const [totals] = await place.guest.ask('select said as v from analytics.totals');
  return [orders?.['v'], totals?.['v']];
}

/** Promotes, while somebody edits a view in the middle of the cutover. */
async function promoteBeside(): Promise<Awaited<ReturnType<typeof type>>> {
  const match = 'PATCH .*/datasets/analytics/tables/orders';
  const rule = await place.server.control.rule({ match, do: { kind: 'hold' } });
  const promoted = type(place.shop, 'promote');
  await rule.reached();
  await edit();
  await rule.release();
  return promoted;
}

describe('a view that somebody edits in the middle of a cutover', () => {
  test('stays as it is, and is told of by whoever asks', async () => {
    const { exit, err } = await promoteBeside();
    expect(exit, err).toBe(7);
    expect(err).toMatch(/The cutover of r4 stopped in the middle \(\d of 3 changed\): somebody else changed .*orders/);
    expect(err).toContain('Next: lastgreen rollback');
    const status = await type(place.shop, 'status');
    expect(status.out).toMatch(
      /INDETERMINATE: the cutover of r4 stopped with \d of 3 changed. Somebody else changed .*orders/,
    );
    expect(status.out).toContain('Next: lastgreen rollback');
    expect(await type(place.shop, 'resume')).toMatchObject({ exit: 7, err: expect.stringContaining('somebody else') });
    expect(await type(place.shop, 'promote')).toMatchObject({ exit: 7, err: expect.stringContaining('somebody else') });
    expect((await versions())[0]).toBe(99);
  });

  test('ends with the release when it is put back as it was', async () => {
    await promoteBeside();
    await putBack();
    expect(await type(place.shop, 'resume')).toMatchObject({ exit: 0 });
    expect(await versions()).toEqual([2, 2]);
  });

  test('is left alone by a rollback, which takes everything else back', async () => {
    await promoteBeside();
    const back = await type(place.shop, 'rollback');
    expect(back.exit, back.err).toBe(0);
    expect(back.err).toMatch(/note +.*orders stays as somebody else left it/);
    expect(await versions()).toEqual([99, 1]);
    await putBack();
    expect(await versions()).toEqual([1, 1]);
    expect(await type(place.shop, 'status')).toMatchObject({ out: expect.not.stringContaining('INDETERMINATE') });
  });
});

describe('a cutover that stops in the middle, where settings say to take it back,', () => {
  beforeEach(() => configure(place.shop, 'cutover: {stuck: swap_back}'));

  test('is taken back at once, but for what somebody else changed', async () => {
    const { exit, err } = await promoteBeside();
    expect(exit, err).toBe(10);
    expect(err).toMatch(/stopped in the middle \(\d of 3 changed\): somebody else changed .*orders/);
    expect(err).toContain('What had changed was taken back: readers have r1.');
    expect(err).toMatch(/note +.*orders stays as somebody else left it/);
    expect(await versions()).toEqual([99, 1]);
    await putBack();
    expect(await type(place.shop, 'status')).toMatchObject({ out: expect.not.stringContaining('INDETERMINATE') });
    expect(await versions()).toEqual([1, 1]);
  });

  test('is taken back at once where the server refuses a part of it', async () => {
    const slot = /analytics__\w+/.exec(text)?.[0] ?? '';
    await place.server.control.rule({
      // What points it to any other slot than the one that it points to.
      match: `PATCH .*/datasets/analytics/tables/totals.*analytics__(?!${slot.replace('analytics__', '')})`,
      onwards: true,
      do: { kind: 'fail', reason: 'accessDenied', code: 403, message: 'Access Denied: totals is not yours' },
    });
    const { exit, err } = await type(place.shop, 'promote');
    expect(exit, err).toBe(10);
    expect(err).toContain('Access Denied: totals is not yours');
    expect(await versions()).toEqual([1, 1]);
    expect(await type(place.shop, 'status')).toMatchObject({ out: expect.not.stringContaining('INDETERMINATE') });
  });
});

test('a view that somebody edits before the cutover stops it: nothing is changed until it is put back', async () => {
  await edit();
  const { exit, err } = await type(place.shop, 'promote');
  expect(exit, err).toBe(4);
  expect(err).toMatch(/Somebody else changed .*orders; lastgreen overwrites nothing it does not know/);
  expect(await versions()).toEqual([99, 1]);
  await putBack();
  expect(await type(place.shop, 'promote')).toMatchObject({ exit: 0 });
  expect(await versions()).toEqual([2, 2]);
});
