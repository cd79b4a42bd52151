import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeRepository } from '../story/repository.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-shop-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['duckdb', 'postgres'] as const)(
  'every repository of the story has the same commits (%s)',
  async (engine) => {
    const ids = await Promise.all(
      ['one', 'other'].map(async (name) => {
        const repository = await makeRepository(join(folder, `${name}-${engine}`), engine);
        await repository.take('leave-test-orders-out');
        await repository.take('put-the-segment-on-orders');
        await repository.revert();
        await repository.take('count-shipping');
        await repository.take('count-shipping-once');
        await repository.take('take-returns-out');
        await repository.take('leave-returns-out-where-read');
        expect(await repository.git('status', '--porcelain')).toBe('');
        return await repository.git('log', '--format=%H %s');
      }),
    );
    expect(ids[0]?.split('\n')).toHaveLength(8);
    expect(ids[1]).toBe(ids[0]);
  },
);
