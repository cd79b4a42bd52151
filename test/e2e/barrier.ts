import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import type { Running } from '../story/command.ts';

/** Where a query that reads the file `path` stops, until it is let on. */
export interface Barrier {
  /** Resolves when a query of this command has stopped here; throws when the command ends before. */
  reached(by: Running): Promise<void>;
  /** Lets on whoever stopped here, and everybody after. */
  lift(): Promise<void>;
}

/** The query that stops at a barrier; it has no rows. */
export const stopAt = (path: string): string => `select content from read_text('${path}') where content <> ''`;

/** Nobody stops here: what the query reads is an empty file. */
export const noBarrier = (path: string): Promise<void> => writeFile(path, '');

/**
 * Puts a named pipe in place of the file: whoever opens it waits for a writer, and then reads until that one closes it
 * (POSIX, "open" and "read").
 */
export async function putBarrier(path: string): Promise<Barrier> {
  const other = `${path}.pipe`;
  await rm(other, { force: true });
  await execa('mkfifo', [other]);
  await rm(path, { force: true });
  await link(other, path);
  let writer: FileHandle | null = null;
  return {
    async reached(by) {
      let ended = false;
      void by.ended.then(() => (ended = true));
      // Without blocking: a pipe that nobody reads refuses a writer.
      while (writer === null) {
        writer = await open(other, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => null);
        if (writer === null && ended) throw new Error(`It never came to ${path}:\n${(await by.ended).stderr}`);
        if (writer === null) await pause(20);
      }
    },
    async lift() {
      await noBarrier(`${path}.none`);
      await rename(`${path}.none`, path);
      await writer?.close();
      writer = null;
      await rm(other, { force: true });
    },
  };
}
