import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { noted, run, start, type } from './frozen/commands.ts';
import { makeWaitingShop, type Shop } from './frozen/environment.ts';
import { type Image, putBack, take } from './frozen/image.ts';
import { lookSettled } from './frozen/truth.ts';

const patience = 300_000;
let shop: Shop;
let frozen: Image;
/** What a promote does, in order. */
let effects: Awaited<ReturnType<typeof run>>['effects'];

beforeAll(async () => {
  shop = await makeWaitingShop();
  frozen = take(shop.folders, join(shop.root, 'frozen'));
  effects = (await run(shop, ['promote'], {})).effects.filter(({ aside }) => !aside);
}, patience);
afterAll(() => shop[Symbol.asyncDispose]());

/** The lease was renewed long ago by the store's clock, and only a moment ago by the clocks of the holder that slept. */
function passTime(): void {
  const revisions = join(shop.dir, '.lastgreen', '.revisions', 'prod', 'head.json');
  const newest = readdirSync(revisions).toSorted().at(-1) ?? '';
  const long = new Date(Date.now() - 24 * 3_600_000);
  utimesSync(join(revisions, newest), long, long);
}

/** Starts a promote that falls asleep right before an effect. */
async function asleep(at: number) {
  const started = await start(shop, ['promote'], { at, how: 'stop' });
  let ended = false;
  void started.process.finally(() => {
    ended = true;
  });
  while (!ended && !(await noted(shop)).some(({ n, aside }) => n === at && !aside)) await pause(20);
  return started;
}

/** What anybody is told of live and of the past. */
const story = async () => {
  const status = JSON.parse((await type(shop, 'status', '--json')).out);
  const history = JSON.parse((await type(shop, 'history', '--json')).out);
  return { live: status.live, back: status.back, hold: status.hold, next: status.next, history: history.entries };
};

const numberOf = (does: string, what: RegExp): number =>
  effects.find((effect) => effect.does === does && what.test(effect.what))?.n ?? Number.NaN;

const moments: readonly (readonly [moment: string, does: string, what: RegExp])[] = [
  ['its first word in the journal', 'link', /journal/],
  ['its cutover is written down', 'link', /releases\/r\d+\/cutover/],
  ['its mark', 'mkdir', /marks\/\d+$/],
  ['what it would rename over the live link', 'symlink', /next$/],
  ['the rename of the live link', 'rename', /^warehouse\/shop\.duckdb$/],
];

describe.each(moments)('a promote that slept before %s, and whose lease was over meanwhile', (_, does, what) => {
  test.each([
    ['promote', 3],
    ['rollback', 1],
  ])('changes nothing when it wakes up after another %s', { timeout: patience }, async (verb, version) => {
    putBack(frozen);
    const { process: holder } = await asleep(numberOf(does, what));
    onTestFinished(() => void holder.kill('SIGKILL'));
    const held = await type(shop, 'promote');
    expect(held).toMatchObject({ exit: 4 });
    expect(held.err).toContain(`pid ${holder.pid}`);

    passTime();
    const taken = await type(shop, verb);
    expect(taken).toMatchObject({ exit: 0 });
    const after = await lookSettled(shop, taken);
    expect(after.version).toBe(version);
    const told = await story();

    holder.kill('SIGCONT');
    const { exitCode, stderr } = await holder;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('lost its lease') });
    expect(await story()).toEqual(told);
    expect(await lookSettled(shop, taken)).toMatchObject({ version });
  });
});
