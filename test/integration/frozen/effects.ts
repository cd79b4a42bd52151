import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';
import { isUnwritten, spoken } from './image.ts';

/** One change of the file system that a process asked for. */
export interface Effect {
  /** From 1, in the order in which they were asked for; what is aside has the number of what follows it. */
  readonly n: number;
  /**
   * Prepares or outlives a change, and nobody looks for it: what is not written yet, and what makes it durable. How often
   * it is asked for depends on how long things take.
   */
  readonly aside: boolean;
  /** Node's name of the function. */
  readonly does: string;
  /** What it changes, from the common folder on; random parts are `*`. */
  readonly what: string;
}

export interface Watch {
  /** Effects elsewhere pass unseen. */
  readonly folders: readonly string[];
  /** What it throws is what the caller gets, and nothing was changed. */
  readonly before: (effect: Effect) => void;
  readonly after: (effect: Effect) => void;
}

type Call = (...args: readonly unknown[]) => unknown;

/** Functions that change what lies at their last path. */
const onOnePath = ['appendFile', 'chmod', 'mkdir', 'rm', 'rmdir', 'truncate', 'unlink', 'utimes', 'writeFile'] as const;
const onTwoPaths = ['copyFile', 'cp', 'link', 'rename', 'symlink'] as const;
/** Of an open file. */
const onHandle = ['appendFile', 'chmod', 'datasync', 'sync', 'truncate', 'write', 'writeFile', 'writev'] as const;

/**
 * Counts what this process changes in some folders, and lets a test come between. What a kill leaves behind is the same
 * after one effect as before the next. Returns how to end it.
 */
export function watchEffects(watch: Watch): () => void {
  let count = 0;
  const concerned = (path: unknown): path is string =>
    typeof path === 'string' && watch.folders.some((folder) => path === folder || path.startsWith(folder + sep));
  const next = (does: string, path: string): Effect => {
    const what = spoken(watch.folders.find((one) => path.startsWith(one)) ?? '', path);
    const aside = does === 'sync' || isUnwritten(what);
    if (!aside) count += 1;
    return { n: aside ? count + 1 : count, aside, does, what };
  };
  const undo: (() => void)[] = [];

  for (const does of [...onOnePath, ...onTwoPaths]) {
    const pathOf = (args: readonly unknown[]) => args[(onTwoPaths as readonly string[]).includes(does) ? 1 : 0];
    undo.push(
      replace(fs.promises, does, (original) => async (...args) => {
        const path = pathOf(args);
        if (!concerned(path)) return original(...args);
        const effect = next(does, path);
        watch.before(effect);
        const result = await original(...args);
        watch.after(effect);
        return result;
      }),
      replace(fs, `${does}Sync`, (original) => (...args) => {
        const path = pathOf(args);
        if (!concerned(path)) return original(...args);
        const effect = next(does, path);
        watch.before(effect);
        const result = original(...args);
        watch.after(effect);
        return result;
      }),
    );
  }
  undo.push(
    replace(fs.promises, 'open', (original) => async (...args) => {
      const [path, flags] = args;
      const writes = flags !== undefined && flags !== 'r';
      const effect = writes && concerned(path) ? next('open', path) : null;
      if (effect) watch.before(effect);
      // What fs.promises.open returns.
      const handle = (await original(...args)) as FileHandle;
      if (effect) watch.after(effect);
      if (concerned(path)) watchHandle(handle, path);
      return handle;
    }),
  );
  syncBuiltinESMExports();
  return () => {
    for (const one of undo) one();
    syncBuiltinESMExports();
  };

  function watchHandle(handle: FileHandle, path: string): void {
    for (const does of onHandle)
      replace(handle, does, (original) => async (...args) => {
        const effect = next(does, path);
        watch.before(effect);
        const result = await original.apply(handle, [...args]);
        watch.after(effect);
        return result;
      });
  }
}

/** Puts a function in the place of another one; returns how to put it back. */
function replace(of: object, name: string, by: (original: Call) => Call): () => void {
  // Node's functions, called with the arguments that they were called with.
  const original = Reflect.get(of, name) as Call;
  Reflect.set(of, name, by(original));
  return () => void Reflect.set(of, name, original);
}
