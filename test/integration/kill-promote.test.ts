import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type } from './frozen/commands.ts';
import { everyCrash, type Way } from './frozen/crashes.ts';
import { makeWaitingShop, type Shop } from './frozen/environment.ts';
import { take } from './frozen/image.ts';
import { lookSettled } from './frozen/truth.ts';

const patience = 900_000;
const [before, promoted] = [2, 3];
let shop: Shop;

beforeAll(async () => {
  shop = await makeWaitingShop();
}, patience);
afterAll(() => shop[Symbol.asyncDispose]());

/** Readers keep what they had at the crash; whatever is left to do, the next promote does. */
const resumed: Way = {
  types: ['resume'],
  always: true,
  async ends({ version, further }, ended) {
    expect(ended).toMatchObject({ exit: 0 });
    const after = await lookSettled(shop, ended);
    expect(after.version).toBe(version);
    expect(after.status.live?.state).toBe('green');
    if (version === promoted || !further) return;
    const again = await type(shop, 'promote');
    expect(again).toMatchObject({ exit: 0 });
    expect(await lookSettled(shop, again)).toMatchObject({ version: promoted, status: { live: { state: 'green' } } });
  },
};

/** One release back from whatever readers had, with a hold. */
const rolledBack: Way = {
  types: ['rollback'],
  always: true,
  async ends({ version }, ended) {
    expect(ended).toMatchObject({ exit: 0 });
    const after = await lookSettled(shop, ended);
    expect(after).toMatchObject({ version: version - 1, status: { candidate: null, live: { state: 'green' } } });
    expect(after.status.hold).not.toBeNull();
  },
};

/** Another controller ships it, or finds that it is shipped. */
const promotedAgain: Way = {
  types: ['promote'],
  always: false,
  async ends({ version }, ended) {
    if (version === before || ended.exit !== 4) expect(ended).toMatchObject({ exit: 0 });
    const finished = await type(shop, 'resume');
    expect(finished).toMatchObject({ exit: 0 });
    expect(await lookSettled(shop, finished)).toMatchObject({
      version: promoted,
      status: { live: { state: 'green' } },
    });
  },
};

test('a promote that is killed at any effect can be finished, taken back or typed again', {
  timeout: patience,
}, async () => {
  const frozen = take(shop.folders, join(shop.root, 'frozen'));
  const { effects, kills, cases, wrong } = await everyCrash(
    shop,
    frozen,
    ['promote'],
    [resumed, rolledBack, promotedAgain],
  );
  process.stdout.write(`promote: ${effects} effects, ${kills} kills, ${cases} cases\n`);
  expect(wrong).toEqual([]);
  expect(kills).toBeGreaterThan(50);
});
