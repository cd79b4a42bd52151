import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { status as statusDocument } from '../../src/cli/render/status.ts';
import { configuration } from './bad-input/configuration.ts';
import { work } from './bad-input/git.ts';
import { releases } from './bad-input/releases.ts';
import { git } from './bad-input/spoil.ts';
import { type Stage, secrets, setStage } from './bad-input/states.ts';
import { store, truncateHead } from './bad-input/store.ts';
import { goesWrong } from './bad-input/typed.ts';
import { typing } from './bad-input/typing.ts';
import { type } from './frozen/commands.ts';
import { readers } from './frozen/environment.ts';

let stage: Stage;
const status = async () => statusDocument.parse(JSON.parse((await type(stage.shop, 'status', '--json')).out));

beforeAll(async () => {
  stage = await setStage();
});
beforeEach(() => void vi.stubEnv('SHOP_TOKEN', secrets.variable));
afterAll(() => stage[Symbol.asyncDispose]());

describe('is told in a sentence, with one thing to do, and nothing is lost', () => {
  describe('what was typed:', () => {
    test.each(typing)('$what', (bad) => goesWrong(stage, bad));
  });
  describe('what is configured:', () => {
    test.each(configuration)('$what', (bad) => goesWrong(stage, bad));
  });
  describe('the work tree, and dbt:', () => {
    test.each(work)('$what', (bad) => goesWrong(stage, bad));
  });
  describe('where releases stand:', () => {
    test.each(releases)('$what', (bad) => goesWrong(stage, bad));
  });
  describe('what the store holds:', () => {
    test.each(store)('$what', (bad) => goesWrong(stage, bad));
  });
});

describe('although something is odd', () => {
  test('a detached head is a commit like any other', async () => {
    const { shop } = stage;
    stage.put('settled');
    await git(shop, 'checkout', '--quiet', '--detach');
    await shop.build();
    expect(await status()).toMatchObject({
      outcome: 'verified',
      candidate: { sha: await git(shop, 'rev-parse', 'HEAD') },
    });
  });

  test('a store that cannot be read keeps nobody from going back, and learns of it when it is mended', async () => {
    const { shop, live } = stage;
    const head = join(shop.dir, '.lastgreen');
    stage.put('settled');
    await cp(head, join(shop.root, 'backup'), { recursive: true });
    await truncateHead(shop);
    expect(await status()).toMatchObject({
      exit: 0,
      outcome: 'store-down',
      store: { up: false },
      next: 'lastgreen rollback --without-store (when needed)',
    });

    expect(await type(shop, 'rollback', '--without-store')).toMatchObject({ exit: 0 });
    expect(await readers(shop)).toEqual([1]);
    const [number] = /^r\d+/.exec((await status()).live?.release ?? '') ?? [];
    expect(Number(number?.slice(1)), 'numbers that the store may have given meanwhile are skipped').toBeGreaterThan(
      100,
    );

    await rm(head, { recursive: true });
    await rename(join(shop.root, 'backup'), head);
    expect((await status()).differs).toBe(`the mark says ${number} is live, the store says ${live}`);
    expect(await type(shop, 'resume')).toMatchObject({ exit: 0 });
    expect(await status()).toMatchObject({
      outcome: 'rolled-back',
      differs: null,
      live: { release: number },
      hold: { reason: expect.stringMatching(new RegExp(`^${live} was rolled back to `)) },
    });
  });
});
