import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { status } from '../../src/cli/render/status.ts';
import { type Barrier, putBarrier } from '../e2e/barrier.ts';
import { makeNumbers, type Numbers, type Stop } from '../e2e/numbers.ts';
import type { Running } from '../story/command.ts';
import { type Image, putBack } from './frozen/image.ts';

// dbt starts several times in each test, and other tests run beside it.
const patience = 300_000;

/** What was green before and is gone back to, what readers have, and what is being built. */
const [first, second, third] = [1, 2, 3];

let project: Numbers;
let plan: string;
/** Planned, and nothing of it done. */
let begun: Image;

beforeAll(async () => {
  project = await makeNumbers();
  await project.succeed('deploy');
  await project.change(second);
  await project.succeed('deploy');
  await project.change(third);
  plan = join(project.folder, 'plan.json');
  await project.succeed('plan', '--out', plan);
  begun = project.keep('begun');
}, patience);
afterAll(() => project[Symbol.asyncDispose](), patience);

const both = (version: number) => [
  ['doubled', version],
  ['numbers', version],
];

/** Kills the deploy of what was planned with SIGKILL, at a point. */
async function die(at: Point): Promise<void> {
  putBack(begun);
  const barrier: Barrier | null = at.stop === null ? null : await putBarrier(project.stop(at.stop));
  const deploy: Running = project.start('deploy', '--plan', plan);
  if (barrier === null) await deploy.says(/^prepare/);
  else await barrier.reached(deploy);
  deploy.kill('SIGKILL');
  expect(await deploy.ended).toMatchObject({ signal: 'SIGKILL' });
  await barrier?.lift();
}

interface Point {
  readonly when: string;
  /** null: as soon as the idle side is being prepared. */
  readonly stop: Stop | null;
}

const points: readonly Point[] = [
  { when: 'before dbt', stop: null },
  { when: 'while dbt builds', stop: 'model' },
  { when: 'after dbt and before the seal', stop: 'built' },
  { when: 'while the sealed side is asked', stop: 'sealed' },
];

describe.for(points)('a deploy that is killed $when', { timeout: patience }, (point) => {
  let left: Image;

  test('leaves no dbt, and status tells what is live and what to type', async () => {
    await die(point);
    await expect.poll(project.dbt, { timeout: 60_000, interval: 200 }).toEqual([]);
    left = project.keep(point.when);
    const { outcome, says, next, running, live } = await project.document(status, 'status');
    expect({ outcome, next, running }).toMatchObject({
      outcome: 'died',
      next: 'lastgreen resume',
      running: { alive: false },
    });
    expect(says).toContain('deploy died');
    expect(says).toContain(`${live?.release} is live`);
    expect(await project.versions()).toEqual(both(second));
  });

  test('is brought to its end by resume', async () => {
    const resumed = await project.succeed('resume');
    expect(resumed.stdout).toContain('live and green');
    expect(await project.versions()).toEqual(both(third));
    expect(await project.document(status, 'status')).toMatchObject({ outcome: 'green', running: null, differs: null });
  });

  test('is given up by a rollback, which goes back to what was green before', async () => {
    putBack(left);
    const back = await project.succeed('rollback');
    expect(back.stdout).toContain('Back on');
    expect(await project.versions()).toEqual(both(first));
    expect(await project.document(status, 'status')).toMatchObject({
      outcome: 'rolled-back',
      running: null,
      candidate: null,
      differs: null,
    });
    expect((await project.succeed('resume')).stdout).toContain('Nothing was under way.');
    expect(await project.versions()).toEqual(both(first));
    await expect.poll(project.dbt, { timeout: 60_000, interval: 200 }).toEqual([]);
  });
});
