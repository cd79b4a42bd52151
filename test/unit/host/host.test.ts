import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { Holder } from '../../../src/domain/head.ts';
import { hostClock } from '../../../src/host/clock.ts';
import { hostProcesses } from '../../../src/host/processes.ts';
import { hostRandom } from '../../../src/host/random.ts';

describe('the processes of this machine', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Another process that says who it is. */
  const another = async (): Promise<{ child: ChildProcess; holder: Holder }> => {
    const module = new URL('../../../src/host/processes.ts', import.meta.url).href;
    const script = `const { hostProcesses } = await import('${module}');
      process.send((await hostProcesses()).me);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(child);
    // The script above sends a Holder and nothing else.
    const [holder] = (await once(child, 'message')) as [Holder];
    return { child, holder };
  };

  it('know themselves, and that they live', async () => {
    const processes = await hostProcesses();
    expect(processes.me.pid).toBe(process.pid);
    expect(await processes.isDead(processes.me)).toBe(false);
  });

  it('see that another one lives, also when it is stopped, and that it is dead once it is killed', async () => {
    const processes = await hostProcesses();
    const { child, holder } = await another();
    expect(holder.bootId).toBe(processes.me.bootId);
    expect(await processes.isDead(holder)).toBe(false);
    child.kill('SIGSTOP');
    expect(await processes.isDead(holder)).toBe(false);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(await processes.isDead(holder)).toBe(true);
  });

  it('do not take a process that got the same pid later for the one that is gone', async () => {
    const processes = await hostProcesses();
    expect(await processes.isDead({ ...processes.me, startedAt: '1' })).toBe(true);
  });

  it('never call a process dead that they cannot look at: another machine, another boot', async () => {
    const processes = await hostProcesses();
    const gone = { ...processes.me, pid: 2 ** 22 + 1 };
    expect(await processes.isDead(gone)).toBe(true);
    expect(await processes.isDead({ ...gone, bootId: 'an earlier one' })).toBe(false);
    expect(await processes.isDead({ ...gone, host: 'elsewhere' })).toBe(false);
  });
});

describe('the clock of this machine', () => {
  it('sleeps as long as it was asked to, by the clock that never goes back', async () => {
    const before = hostClock.elapsedMs();
    await hostClock.sleep(30);
    expect(hostClock.elapsedMs() - before).toBeGreaterThanOrEqual(29);
  });

  it('wakes with the reason when somebody aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const sleeping = hostClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(hostClock.sleep(1, controller.signal)).rejects.toBe(reason);
  });
});

describe('random values of this machine', () => {
  it('are 128 bits in hex and never the same, and a fraction below one', () => {
    const nonces = Array.from({ length: 1_000 }, () => hostRandom.nonce());
    expect(new Set(nonces).size).toBe(1_000);
    expect(nonces.every((nonce) => /^[0-9a-f]{32}$/.test(nonce))).toBe(true);
    expect(hostRandom.fraction()).toBeGreaterThanOrEqual(0);
    expect(hostRandom.fraction()).toBeLessThan(1);
  });
});
