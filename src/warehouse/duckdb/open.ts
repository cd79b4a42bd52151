import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import pRetry from 'p-retry';
import { WarehouseError } from '../port.ts';
import { attach, identifier } from './dialect.ts';
import { heldBy, missing, toWarehouseError } from './errors.ts';
import { type Files, ifThere } from './files.ts';

interface FileRequest {
  readonly path: string;
  /** The catalog's name inside. */
  readonly database: string;
  /**
   * `read` excludes writers everywhere and is shared; `write` excludes everybody; `alone` excludes writers everywhere and
   * everybody else in this process, for work that opens the file beside the engine.
   */
  readonly how: 'read' | 'write' | 'alone';
}

export interface Opener {
  /** Opens, works, closes: nothing stays open afterwards. Throws `busy` with pid and file after the deadline. */
  with<T>(request: FileRequest, work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Attaches another file to a connection while this process leaves that file alone. */
  attached<T>(connection: DuckDBConnection, request: Omit<FileRequest, 'how'>, work: () => Promise<T>): Promise<T>;
  /** An empty file where there is none, all of it on disk. */
  create(path: string, database: string): Promise<void>;
}

interface Held {
  readonly shared: boolean;
  readonly freed: PromiseWithResolvers<void>;
  users: number;
  opening: Promise<DuckDBInstance> | null;
  open: DuckDBInstance | null;
}

/**
 * What this process has open, by device and inode. DuckDB locks files with fcntl, and closing any descriptor of a file
 * drops all locks that the process has on it (POSIX, "fcntl"): so a file is opened once, shared, and never read beside.
 */
const held = new Map<string, Held>();

async function enter(key: string, shared: boolean, path: string, deadline: number): Promise<Held> {
  for (;;) {
    const now = held.get(key);
    if (now === undefined) {
      const mine: Held = { shared, freed: Promise.withResolvers(), users: 1, opening: null, open: null };
      held.set(key, mine);
      return mine;
    }
    if (shared && now.shared) {
      now.users += 1;
      return now;
    }
    await freedBefore(now, path, deadline);
  }
}

async function freedBefore(now: Held, path: string, deadline: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(heldBy(path, process.pid)), Math.max(0, deadline - Date.now()));
  try {
    await Promise.race([now.freed.promise, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function leave(key: string, mine: Held): void {
  mine.users -= 1;
  if (mine.users > 0) return;
  mine.open?.closeSync();
  held.delete(key);
  mine.freed.resolve();
}

/** Repeats while somebody else has the file open; the last refusal is thrown, with pid and file. */
async function patiently(busyMs: number, attempt: () => Promise<unknown>): Promise<void> {
  const asked = async () => {
    try {
      await attempt();
    } catch (error) {
      throw toWarehouseError(error);
    }
  };
  await pRetry(asked, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 20,
    maxTimeout: 200,
    factor: 1.5,
    randomize: true,
    maxRetryTime: busyMs,
    shouldRetry: ({ error }) => error instanceof WarehouseError && error.is === 'busy',
  });
}

/** `path`: of an existing file, or of one to be made. */
async function instanceOn(path: string, database: string, readOnly: boolean, busyMs: number): Promise<DuckDBInstance> {
  // The catalog is attached under its name, whatever the file's path; what does not fit in memory is spilled beside it.
  const engine = await import('@duckdb/node-api');
  const instance = await engine.DuckDBInstance.create(':memory:', { temp_directory: `${path}.tmp` });
  try {
    const connection = await instance.connect();
    try {
      await patiently(busyMs, () => connection.run(attach(path, database, readOnly ? 'READ_ONLY' : 'READ_WRITE')));
    } finally {
      connection.closeSync();
    }
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function connected<T>(
  instance: DuckDBInstance,
  database: string,
  work: (c: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    await connection.run(`USE ${identifier(database)}`);
    return await work(connection);
  } finally {
    connection.closeSync();
  }
}

/** `busyMs`: how long to wait for a file that somebody else has open. */
export function opener(files: Files, busyMs: number): Opener {
  const keyed = async (path: string) => {
    const real = await ifThere(files.realpath(path));
    const stat = real === null ? null : await ifThere(files.stat(real));
    if (real === null || stat === null) throw missing(path);
    return { real, key: `${stat.dev}:${stat.ino}` };
  };
  return {
    async with({ path, database, how }, work) {
      const { real, key } = await keyed(path);
      const mine = await enter(key, how === 'read', real, Date.now() + busyMs);
      try {
        mine.opening ??= instanceOn(real, database, how !== 'write', busyMs);
        mine.open = await mine.opening;
        return await connected(mine.open, database, work);
      } finally {
        leave(key, mine);
      }
    },
    async attached(connection, { path, database }, work) {
      const { real, key } = await keyed(path);
      const mine = await enter(key, false, real, Date.now() + busyMs);
      try {
        await patiently(busyMs, () => connection.run(attach(real, database, 'READ_ONLY')));
        try {
          return await work();
        } finally {
          await connection.run(`DETACH ${identifier(database)}`);
        }
      } finally {
        leave(key, mine);
      }
    },
    async create(path, database) {
      const instance = await instanceOn(path, database, false, busyMs);
      try {
        await connected(instance, database, (connection) => connection.run(`CHECKPOINT ${identifier(database)}`));
      } finally {
        instance.closeSync();
      }
    },
  };
}
