import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname, uptime, userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { Holder } from '../domain/head.ts';
import type { Processes } from '../engine/ports.ts';

const run = promisify(execFile);

/** How far a boot time that was counted back from the uptime may be off, s. */
const ROUND_S = 60;

/**
 * Who this process is, told so that a process on the same machine can see whether it still lives: the boot, the pid,
 * and when the process with that pid started.
 */
export async function hostProcesses(): Promise<Processes> {
  const me: Holder = {
    host: hostname(),
    bootId: await bootId(),
    pid: process.pid,
    startedAt: (await startOf(process.pid)) ?? 'unknown',
    user: userName(),
  };
  return { me, isDead: (holder) => isDead(me, holder) };
}

async function isDead(me: Holder, holder: Holder): Promise<boolean> {
  if (holder.bootId !== me.bootId || holder.host !== me.host) return false;
  if (!exists(holder.pid)) return true;
  const started = await startOf(holder.pid);
  // It exists, but the system does not say since when (it may have ended just now): not certain, so not dead.
  if (started === null || holder.startedAt === 'unknown') return false;
  return started !== holder.startedAt || (await isZombie(holder.pid));
}

/** kill(2) with signal 0 asks only; EPERM means that it is somebody else's process, so there is one. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

async function bootId(): Promise<string> {
  const linux = await read('/proc/sys/kernel/random/boot_id');
  // Two containers of one machine share its boot, and number their processes each for itself (pid_namespaces(7)).
  if (linux !== null) return `${linux.trim()} ${(await readlink('/proc/self/ns/pid').catch(() => '')) || hostname()}`;
  const mac = await ask('sysctl', ['-n', 'kern.bootsessionuuid']);
  if (mac !== null) return mac;
  const bootedAt = Date.now() / 1000 - uptime();
  return `${hostname()}-${Math.round(bootedAt / ROUND_S)}`;
}

/** When the process started, in the system's own words: the same for as long as it lives. null: the system does not say. */
async function startOf(pid: number): Promise<string | null> {
  // Field 22: ticks after boot (proc_pid_stat(5), Linux manual).
  return (await statOf(pid))?.[19] ?? (await ask('ps', ['-o', 'lstart=', '-p', String(pid)]));
}

/** Dead, and only not yet asked for by its parent. */
const isZombie = async (pid: number): Promise<boolean> => {
  const state = (await statOf(pid))?.[0] ?? (await ask('ps', ['-o', 'stat=', '-p', String(pid)]));
  return state?.startsWith('Z') ?? false;
};

/** The fields from the third on: the second is the name in parentheses and may hold spaces and parentheses. */
async function statOf(pid: number): Promise<readonly string[] | null> {
  const text = await read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? null;
}

const read = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

/** What a program prints, or null where there is none or it fails. */
async function ask(program: string, args: readonly string[]): Promise<string | null> {
  // The C locale: the same time has to be the same text whoever asks.
  const asked = run(program, args, { env: { ...process.env, LC_ALL: 'C' } });
  return asked.then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}

/** A user without a name (a container's arbitrary uid) has its number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
