import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../../src/cli/render/failure.ts';
import { history } from '../../src/cli/render/history.ts';
import { status } from '../../src/cli/render/status.ts';
import { type Image, putBack } from '../integration/frozen/image.ts';
import type { Running } from '../story/command.ts';
import { type Barrier, putBarrier } from './barrier.ts';
import { makeNumbers, type Numbers, type Stop } from './numbers.ts';

// dbt starts several times, and other tests run beside it.
const patience = 300_000;
/** Short enough for a stopped holder's lease to run out while the test looks. */
const lease = '{ttl: 10s, renew: 1s, margin: 2s}';

let project: Numbers;
/** Commits after the one that is live, each with a plan that was made before any of them was shipped. */
const [older, newer] = [2, 3];
const planOf = (version: number): string => join(project.folder, `plan-${version}.json`);
/** Version 1 is live, and the others are planned. */
let begun: Image;

beforeAll(async () => {
  project = await makeNumbers(lease);
  await project.succeed('deploy');
  for (const version of [older, newer]) {
    await project.change(version);
    await project.succeed('plan', '--out', planOf(version));
  }
  begun = project.keep('begun');
}, patience);
afterAll(() => project[Symbol.asyncDispose](), patience);

/** Starts to deploy the older commit where nothing has happened yet, and waits until it stops. */
async function startOlder(at: Stop): Promise<{ readonly deploy: Running; readonly barrier: Barrier }> {
  putBack(begun);
  await project.checkout('main~1');
  const barrier = await putBarrier(project.stop(at));
  const deploy = project.start('deploy', '--plan', planOf(older));
  await barrier.reached(deploy);
  return { deploy, barrier };
}

const both = (version: number) => [
  ['doubled', version],
  ['numbers', version],
];

/** Deploys the newer commit as soon as nobody else holds the lease. */
async function deployInTurn(): Promise<void> {
  await project.checkout('main');
  const inTurn = async (): Promise<unknown> => {
    const { exit, stdout, stderr } = await project.lastgreen('deploy', '--plan', planOf(newer), '--json');
    const code = exit === 0 ? null : failure.parse(JSON.parse(stdout)).error.code;
    if (code !== null && code !== 'LEASE_HELD') throw new Error(`${stdout}${stderr}`);
    return code;
  };
  await expect.poll(inTurn, { timeout: patience, interval: 1_000 }).toBeNull();
}

describe('two deploys at once', { timeout: patience }, () => {
  test('one wins; the other exits 4, names the holder, and changes nothing', async () => {
    const { deploy: winner, barrier } = await startOlder('model');
    const loser = await project.lastgreen('deploy');
    expect(loser.exit).toBe(4);
    expect(loser.stderr).toMatch(new RegExp(`pid ${winner.pid}\\b.* is running deploy; last heartbeat \\d+ s ago`));
    expect(await project.document(status, 'status')).toMatchObject({ outcome: 'running', running: { alive: true } });
    await barrier.lift();
    expect(await winner.ended).toMatchObject({ exit: 0 });
    expect(await project.versions()).toEqual(both(older));
    const { entries } = await project.document(history, 'history');
    expect(entries.map(({ state }) => state)).toEqual(['green', 'green']);
  });

  test('the lease of a holder that was killed is taken over at once', async () => {
    const { deploy: dead, barrier } = await startOlder('model');
    dead.kill('SIGKILL');
    await dead.ended;
    await barrier.lift();
    await project.checkout('main');
    await project.succeed('deploy', '--plan', planOf(newer));
    expect(await project.versions()).toEqual(both(newer));
  });
});

const parts: readonly (readonly [when: string, stop: Stop])[] = [
  ['while dbt builds', 'model'],
  ['before the seal', 'built'],
  ['right before its cutover', 'sealed'],
];

describe('a holder that is stopped, and continued after another has taken over', { timeout: patience }, () => {
  test.for(parts)('changes nothing when it was stopped %s', async ([, part]) => {
    const { deploy: old, barrier } = await startOlder(part);
    old.kill('SIGSTOP');
    await barrier.lift();
    await deployInTurn();
    expect(await project.versions()).toEqual(both(newer));
    const live = (await project.document(status, 'status')).live;

    old.kill('SIGCONT');
    const { exit, stderr } = await old.ended;
    expect({ exit, stderr }).toMatchObject({ exit: 4, stderr: expect.stringContaining('lost its lease') });
    const now = await project.document(status, 'status');
    expect(now).toMatchObject({ outcome: 'green', live, differs: null, running: null });
    expect(await project.versions()).toEqual(both(newer));
  });

  test('leaves nothing behind that is in the way of the next deploy', async () => {
    await project.change(newer + 1);
    await project.succeed('deploy');
    expect(await project.versions()).toEqual(both(newer + 1));
  });
});
