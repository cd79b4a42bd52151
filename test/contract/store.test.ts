import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localStore } from '../../src/store/local.ts';
import type { Store, Version } from '../../src/store/port.ts';
import type { Sleeper } from './store/sleeper.ts';
import { storeSuite } from './store.suite.ts';

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'lastgreen-store-'));
const bytes = (text: string): Uint8Array => Buffer.from(text);

storeSuite('a local folder', async () => {
  const root = await folder();
  return {
    // A folder that the first write has to make.
    address: { kind: 'local', root: join(root, 'not', 'yet') },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});

describe('a store in a local folder', () => {
  let root: string;
  let store: Store;
  beforeEach(async () => {
    root = await folder();
    store = localStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const write = async (key: string, texts: readonly string[]): Promise<Version> => {
    let version: Version | 'if-absent' | 'lost' = 'if-absent';
    for (const text of texts) {
      if (version === 'lost') break;
      version = await store.put(key, bytes(text), version);
    }
    if (version === 'lost' || version === 'if-absent') throw new Error('lost');
    return version;
  };
  const replaced = async (key: string, text: string, version: Version): Promise<Version> => {
    const put = await store.put(key, bytes(text), version);
    if (put === 'lost') throw new Error('lost');
    return put;
  };
  const revisions = (key: string): Promise<string[]> =>
    readdir(join(root, '.revisions', key)).then((names) => names.filter((name) => /^\d+$/.test(name)).toSorted());

  it('keeps every document a plain file that a person can read, the newest one', async () => {
    await write('prod/LIVE_SHA', ['a1', 'b2', 'c3']);
    expect(await readFile(join(root, 'prod/LIVE_SHA'), 'utf8')).toBe('c3');
  });

  it('mends the plain file that a writer left behind when it died before it could', async () => {
    await write('prod/LIVE_SHA', ['a1', 'b2']);
    await rm(join(root, 'prod/LIVE_SHA'));
    await writeFile(join(root, 'prod/LIVE_SHA'), 'a1');
    expect(Buffer.from((await store.get('prod/LIVE_SHA'))?.body ?? []).toString()).toBe('b2');
    expect(await readFile(join(root, 'prod/LIVE_SHA'), 'utf8')).toBe('b2');
  });

  it('leaves nothing temporary behind, and no more than two revisions', async () => {
    await write('prod/head.json', ['1', '2', '3', '4', '5', '6']);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
    expect(await revisions('prod/head.json')).toHaveLength(2);
  });

  it('tells a writer who slept through several others that it lost', async () => {
    const { key, version, child } = await asleepWhileWriting(root);
    try {
      await Array.fromAsync(['3', '4', '5', '6'], async (text) => {
        const found = await store.get(key);
        if (found) await store.put(key, bytes(text), found.version);
      });
      expect((await revisions(key)).at(-1)).toBe('000000000006');
      const answer = once(child, 'message');
      child.kill('SIGCONT');
      expect(await answer).toEqual(['lost', undefined]);
      expect(version).toBe('2');
      expect(Buffer.from((await store.get(key))?.body ?? []).toString()).toBe('6');
      expect(await readFile(join(root, key), 'utf8')).toBe('6');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('lets go of no number while somebody may be asleep who wants to link it, and of all once that one is dead', async () => {
    const version = await write('prod/head.json', ['1', '2']);
    const asleep = join(root, '.revisions/prod/head.json/.writing-1-asleep');
    await writeFile(asleep, 'stale');
    let newest = version;
    for (const text of ['3', '4', '5', '6']) newest = await replaced('prod/head.json', text, newest);
    await expect(link(asleep, join(root, '.revisions/prod/head.json/000000000003'))).rejects.toMatchObject({
      code: 'EEXIST',
    });
    const longAgo = new Date(Date.now() - 3_700_000);
    await utimes(asleep, longAgo, longAgo);
    await replaced('prod/head.json', '7', newest);
    expect(await revisions('prod/head.json')).toEqual(['000000000006', '000000000007']);
  });

  it('says that an empty newest document is corrupt, and never takes an older one instead', async () => {
    const version = await write('prod/head.json', ['1', '2', '3']);
    await truncate(join(root, '.revisions/prod/head.json', (await revisions('prod/head.json')).at(-1) ?? ''));
    await expect(store.get('prod/head.json')).rejects.toMatchObject({ is: 'corrupt', key: 'prod/head.json' });
    await expect(store.put('prod/head.json', bytes('4'), version)).rejects.toMatchObject({ is: 'corrupt' });
  });

  it('hands out a document that is no JSON as it is: what it means is the reader’s business', async () => {
    await write('prod/head.json', ['{"a":']);
    expect(Buffer.from((await store.get('prod/head.json'))?.body ?? []).toString()).toBe('{"a":');
  });

  it('sweeps what writers left behind an hour ago, and nothing younger', async () => {
    await mkdir(join(root, '.tmp'));
    await appendFile(join(root, '.tmp/.writing-dead'), 'half');
    await appendFile(join(root, '.tmp/.writing-busy'), 'half');
    const old = new Date(Date.now() - 3_700_000);
    await utimes(join(root, '.tmp/.writing-dead'), old, old);
    await write('prod/head.json', ['1']);
    expect(await readdir(join(root, '.tmp'))).toEqual(['.writing-busy']);
  });

  it('says that it is full, and keeps what was there', async (t) => {
    const mounted = join(root, 'small');
    await mkdir(mounted);
    if (!mountable(mounted)) return t.skip('mounting is not allowed here');
    try {
      const small = localStore(mounted);
      const first = await small.put('prod/head.json', bytes('whole'), 'if-absent');
      if (first === 'lost') throw new Error('lost');
      const large = Buffer.alloc(2_000_000, 'x');
      await expect(small.put('prod/large', large, 'if-absent')).rejects.toMatchObject({ is: 'full' });
      await expect(small.put('prod/head.json', large, first)).rejects.toMatchObject({ is: 'full' });
      expect(Buffer.from((await small.get('prod/head.json'))?.body ?? []).toString()).toBe('whole');
      expect(await small.get('prod/large')).toBeNull();
      expect(await readdir(join(mounted, '.tmp'))).toEqual([]);
    } finally {
      execFileSync('umount', [mounted]);
    }
  });

  it('says that it may not write, and still reads', async (t) => {
    await write('prod/head.json', ['1']);
    const locked = lock(root);
    if (!locked) return t.skip('nothing here can be made unwritable');
    try {
      const reader = localStore(locked.path);
      await expect(reader.put('prod/new', bytes('x'), 'if-absent')).rejects.toMatchObject({ is: 'denied' });
      expect(Buffer.from((await reader.get('prod/head.json'))?.body ?? []).toString()).toBe('1');
    } finally {
      await locked.unlock();
    }
  });

  it('says that the folder is no folder', async () => {
    await writeFile(join(root, 'file'), 'x');
    const wrong = localStore(join(root, 'file'));
    await expect(wrong.put('prod/head.json', bytes('x'), 'if-absent')).rejects.toMatchObject({
      name: 'StoreError',
      is: 'down',
    });
  });
});

/**
 * A process that read the second version of a document and was stopped between reading it and linking the third.
 * Should it have been too fast, another one tries with another document.
 */
async function asleepWhileWriting(root: string): Promise<{ key: string; version: Version; child: ChildProcess }> {
  const store = localStore(root);
  for (let n = 0; ; n++) {
    const key = `sleep/${n}`;
    const first = await store.put(key, bytes('1'), 'if-absent');
    const version = first === 'lost' ? first : await store.put(key, bytes('2'), first);
    if (version === 'lost') throw new Error('lost');
    const child = fork(fileURLToPath(new URL('./store/sleeper.ts', import.meta.url)), { execArgv: [] });
    await once(child, 'message');
    child.send({ address: { kind: 'local', root }, key, version, size: 50_000_000 } satisfies Sleeper);
    await expect
      .poll(() => written(join(root, '.revisions', key)), { interval: 1, timeout: 10_000 })
      .toBeGreaterThan(0);
    child.kill('SIGSTOP');
    // Stopped is a state that the kernel tells (proc(5)): from here on it does nothing.
    await expect.poll(() => readFile(`/proc/${child.pid}/stat`, 'utf8'), { interval: 1 }).toMatch(/\) T /);
    if (!(await readdir(join(root, '.revisions', key))).includes('000000000003')) return { key, version, child };
    child.kill('SIGKILL');
  }
}

/** Bytes in temporary files; those that only ask for the time have none. */
async function written(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of (await readdir(folder)).filter((one) => one.startsWith('.writing-'))) {
    bytes += await stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

function mountable(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Permissions bind everybody but root; for root a read-only mount does. */
function lock(path: string): { path: string; unlock: () => Promise<void> } | null {
  if (process.getuid?.() !== 0) {
    execFileSync('chmod', ['-R', 'a-w', path]);
    return { path, unlock: async () => chmodAll(path) };
  }
  try {
    execFileSync('mount', ['--bind', path, path], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'remount,bind,ro', path], { stdio: 'ignore' });
    return { path, unlock: async () => void execFileSync('umount', [path]) };
  } catch {
    return null;
  }
}

const chmodAll = async (path: string): Promise<void> => {
  execFileSync('chmod', ['-R', 'u+w', path]);
  await chmod(path, 0o700);
};
