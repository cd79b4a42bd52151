import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Died, run, type } from './frozen/commands.ts';
import { takesSpace } from './frozen/doomed.ts';
import { makeWaitingShop, type Shop } from './frozen/environment.ts';
import { type Image, putBack, take } from './frozen/image.ts';
import { look, lookSettled } from './frozen/truth.ts';

const patience = 600_000;
/** What follows the cutover is tried again after seconds: of that, and of what is no document, every so manieth. */
const stride = 5;
const live = 'warehouse/shop.duckdb';

let shop: Shop;
const frozen: Partial<Record<string, Image>> = {};
beforeAll(async () => {
  shop = await makeWaitingShop();
  frozen['promote'] = take(shop.folders, join(shop.root, 'waiting'));
  await shop.promote();
  frozen['rollback'] = take(shop.folders, join(shop.root, 'live'));
}, patience);
afterAll(() => shop[Symbol.asyncDispose]());

const begin = (verb: string): void => {
  const image = frozen[verb];
  if (image) putBack(image);
};

/** A document that gets its content in the store. */
const isDocument = ({ does, what }: Died['effects'][number]): boolean =>
  does === 'writeFile' && what.startsWith('.lastgreen/');

const expectRefused = ({ exit, said }: Died): void => {
  expect({ exit, said }).toMatchObject({ exit: 6, said: expect.stringMatching(/no space left/i) });
  expect(said).toContain('Next: ');
};

describe.each([
  ['promote', 2, 3],
  ['rollback', 3, 2],
])('a disk that is full when %s needs space', (verb, before, after) => {
  let needs: Died['effects'];
  let cut: number;
  beforeAll(async () => {
    begin(verb);
    const { effects } = await run(shop, [verb], {});
    needs = effects.filter(takesSpace);
    cut = needs.length - effects.slice(effects.findIndex(({ what }) => what === live)).filter(takesSpace).length;
  }, patience);

  test('before the cutover stops it, and with space the same command does it', { timeout: patience }, async () => {
    expect(cut).toBeGreaterThan(10);
    const moments = needs.slice(0, cut).flatMap((effect, i) => (isDocument(effect) || i % stride === 0 ? [i + 1] : []));
    expect(moments.length).toBeGreaterThan(5);
    for (const at of moments) {
      begin(verb);
      const refused = await run(shop, [verb], { at, how: 'full' });
      // The file under a document's key is a convenience, and who cannot have it goes on.
      const passed = refused.exit === 0;
      if (!passed) expectRefused(refused);
      expect(await look(shop)).toMatchObject({ version: passed ? after : before });
      const again = await type(shop, passed ? 'resume' : verb);
      expect(again, `${verb}, full from ${at} on`).toMatchObject({ exit: 0 });
      expect(await lookSettled(shop, again)).toMatchObject({ version: after });
    }
  });

  test('after the cutover takes nothing back: it is recorded as soon as there is space', {
    timeout: patience,
  }, async () => {
    expect(needs.length).toBeGreaterThan(cut + stride);
    for (let at = cut + 1; at <= needs.length; at += stride) {
      begin(verb);
      const hindered = await run(shop, [verb], { at, how: 'full', refusals: 1 });
      // Recorded, but not green yet: the watch takes the lease again.
      if (hindered.exit !== 0) expectRefused(hindered);
      expect(await look(shop)).toMatchObject({ version: after, status: { inFlight: null, differs: null } });
      const resumed = await type(shop, 'resume');
      expect(resumed, `${verb}, full at ${at}`).toMatchObject({ exit: 0 });
      expect(await lookSettled(shop, resumed)).toMatchObject({ version: after, status: { live: { state: 'green' } } });
    }
  });
});

test('a promote that cannot record for as long as its lease lasts says what is live, and resume records it', {
  timeout: patience,
}, async () => {
  begin('promote');
  const { effects } = await run(shop, ['promote'], {});
  const cut = effects
    .slice(
      0,
      effects.findIndex(({ what }) => what === live),
    )
    .filter(takesSpace).length;
  begin('promote');
  configure(/lease: .*/, 'lease: {ttl: 8s, renew: 3s, margin: 2s}');
  const stuck = await run(shop, ['promote'], { at: cut + 1, how: 'full' });
  expect(stuck).toMatchObject({ exit: 7, said: expect.stringContaining('Next: lastgreen resume') });
  const seen = await look(shop);
  expect(seen.version).toBe(3);
  expect(stuck.said).toContain(`Live now: ${seen.status.live?.release}`);
  const resumed = await type(shop, 'resume');
  expect(resumed).toMatchObject({ exit: 0 });
  expect(await lookSettled(shop, resumed)).toMatchObject({ version: 3, status: { live: { state: 'green' } } });
});

test('a store on a disk of 1 MiB that is full refuses a promote, and takes it when there is space again', {
  timeout: patience,
}, async () => {
  begin('promote');
  const disk = await smallDisk();
  configure(/store: .*/, 'store: ../small/store');
  // Two names of a file stay two names of a file: setting that right would free space.
  await execa('cp', ['-a', join(shop.dir, '.lastgreen'), join(disk.folder, 'store')]);
  disk.fill();
  expectRefused(await run(shop, ['promote'], disk.isReal ? {} : { at: 1, how: 'full' }));
  expect(await look(shop)).toMatchObject({ version: 2 });
  disk.empty();
  expect(await run(shop, ['promote'], {})).toMatchObject({ exit: 0 });
  expect(await look(shop)).toMatchObject({ version: 3, status: { live: { state: 'green' } } });
});

/** Another setting for the rest of a test. */
function configure(was: RegExp, is: string): void {
  const path = join(shop.dir, 'lastgreen.yml');
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(was);
  writeFileSync(path, text.replace(was, is));
  onTestFinished(() => writeFileSync(path, text));
}

/** A real one where this user may mount one; elsewhere a folder, and the command is told that it is full. */
async function smallDisk() {
  const folder = join(shop.root, 'small');
  mkdirSync(folder);
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { reject: false });
  const isReal = mounted.exitCode === 0;
  if (isReal) onTestFinished(async () => void (await execa('umount', [folder])));
  const ballast = join(folder, 'ballast');
  mkdirSync(ballast);
  return {
    folder,
    isReal,
    /** Files of a page each: where a large one does not fit any more, small ones still may. */
    fill() {
      const toTheBrim = () => {
        for (let n = 0; ; n++) writeFileSync(join(ballast, String(n)), Buffer.alloc(4096));
      };
      if (isReal) expect(toTheBrim).toThrow('ENOSPC');
    },
    empty: () => rmSync(ballast, { recursive: true }),
  };
}
