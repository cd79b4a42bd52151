import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { everyCrash, type Way } from './frozen/crashes.ts';
import { makeWaitingShop, type Shop } from './frozen/environment.ts';
import { take } from './frozen/image.ts';
import { lookSettled } from './frozen/truth.ts';

const patience = 900_000;
const [wrong, right] = [3, 2];
let shop: Shop;

beforeAll(async () => {
  shop = await makeWaitingShop();
  await shop.promote();
}, patience);
afterAll(() => shop[Symbol.asyncDispose]());

const expectBack = async (typed: Awaited<ReturnType<typeof type>>): Promise<void> => {
  expect(typed).toMatchObject({ exit: 0 });
  const after = await lookSettled(shop, typed);
  expect(after).toMatchObject({ version: right, status: { live: { state: 'green' } } });
  expect(after.status.hold).not.toBeNull();
};

/** Readers keep what they had at the crash, as if the rollback had ended or had never begun; it can be typed again. */
const resumed: Way = {
  types: ['resume'],
  always: true,
  async ends({ version, further }, ended) {
    expect(ended).toMatchObject({ exit: 0 });
    const after = await lookSettled(shop, ended);
    expect(after).toMatchObject({ version, status: { live: { state: 'green' } } });
    if (version === wrong) expect(after.status.hold).toBeNull();
    if (further) await expectBack(await type(shop, 'rollback'));
  },
};

const rolledBack: Way = { types: ['rollback'], always: true, ends: (_, ended) => expectBack(ended) };

/** There is nothing to promote; looking for it mends what the dead one left. */
const promoted: Way = {
  types: ['promote'],
  always: false,
  async ends({ version }, ended) {
    expect(ended).toMatchObject({ exit: 4 });
    expect(await lookSettled(shop, ended)).toMatchObject({ version });
    await expectBack(await type(shop, 'rollback'));
  },
};

test('a rollback that is killed at any effect can be finished or typed again, and stands in nobody’s way', {
  timeout: patience,
}, async () => {
  const frozen = take(shop.folders, join(shop.root, 'frozen'));
  const crashes = await everyCrash(shop, frozen, ['rollback'], [resumed, rolledBack, promoted]);
  process.stdout.write(`rollback: ${crashes.effects} effects, ${crashes.kills} kills, ${crashes.cases} cases\n`);
  expect(crashes.wrong).toEqual([]);
  expect(crashes.kills).toBeGreaterThan(50);
});
