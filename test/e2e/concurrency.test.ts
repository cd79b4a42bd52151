import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../../src/cli/render/failure.ts';
import { history } from '../../src/cli/render/history.ts';
import { status } from '../../src/cli/render/status.ts';
import { putBarrier } from './barrier.ts';
import { makeNumbers, type Numbers, type Stop } from './numbers.ts';

// dbt starts several times, and other tests run beside it.
const patience = 300_000;
/** Short enough for a stopped holder's lease to run out while the test looks. */
const lease = '{ttl: 10s, renew: 1s, margin: 2s}';

let project: Numbers;
/** Of the newest commit. */
let version = 1;
beforeAll(async () => {
  project = await makeNumbers(lease);
  await project.succeed('deploy');
}, patience);
afterAll(() => project[Symbol.asyncDispose](), patience);

async function commit(): Promise<number> {
  version += 1;
  await project.change(version);
  return version;
}

const both = (version: number) => [
  ['doubled', version],
  ['numbers', version],
];

/** Deploys as soon as nobody else holds the lease. */
async function deployInTurn(): Promise<void> {
  for (;;) {
    const { exit, stdout, stderr } = await project.lastgreen('deploy', '--json');
    if (exit === 0) return;
    const { error } = failure.parse(JSON.parse(stdout));
    if (error.code !== 'LEASE_HELD') throw new Error(`${stdout}${stderr}`);
  }
}

describe('two deploys at once', { timeout: patience }, () => {
  test('one wins; the other exits 4, names the holder, and changes nothing', async () => {
    const shipped = await commit();
    const stop = await putBarrier(project.stop('model'));
    const winner = project.start('deploy');
    await stop.reached(winner);
    const loser = await project.lastgreen('deploy');
    expect(loser.exit).toBe(4);
    expect(loser.stderr).toMatch(new RegExp(`pid ${winner.pid}\\b.* is running deploy; last heartbeat \\d+ s ago`));
    expect(await project.document(status, 'status')).toMatchObject({ outcome: 'running', running: { alive: true } });
    await stop.lift();
    expect(await winner.ended).toMatchObject({ exit: 0 });
    expect(await project.versions()).toEqual(both(shipped));
    const { entries } = await project.document(history, 'history');
    expect(entries.map(({ state }) => state)).toEqual(['green', 'green']);
  });

  test('the lease of a holder that was killed is taken over at once', async () => {
    const shipped = await commit();
    const stop = await putBarrier(project.stop('model'));
    const dead = project.start('deploy');
    await stop.reached(dead);
    dead.kill('SIGKILL');
    await dead.ended;
    await stop.lift();
    await project.succeed('deploy');
    expect(await project.versions()).toEqual(both(shipped));
  });
});

const parts: readonly (readonly [when: string, stop: Stop])[] = [
  ['while dbt builds', 'model'],
  ['before the seal', 'built'],
  ['right before its cutover', 'sealed'],
];

describe('a holder that is stopped, and continued after another has taken over', { timeout: patience }, () => {
  test.for(parts)('changes nothing when it was stopped %s', async ([, part]) => {
    await commit();
    const stop = await putBarrier(project.stop(part));
    const old = project.start('deploy');
    await stop.reached(old);
    old.kill('SIGSTOP');
    const shipped = await commit();
    await stop.lift();
    await deployInTurn();
    expect(await project.versions()).toEqual(both(shipped));
    const live = (await project.document(status, 'status')).live;

    old.kill('SIGCONT');
    const { exit, stderr } = await old.ended;
    expect({ exit, stderr }).toMatchObject({ exit: 4, stderr: expect.stringContaining('lost its lease') });
    const now = await project.document(status, 'status');
    expect(now).toMatchObject({ outcome: 'green', live, differs: null, running: null });
    expect(await project.versions()).toEqual(both(shipped));
  });

  test('leaves nothing behind that is in the way of the next deploy', async () => {
    const shipped = await commit();
    await project.succeed('deploy');
    expect(await project.versions()).toEqual(both(shipped));
  });
});
