import fs from 'node:fs';
import { basename, join } from 'node:path';

/** Folders as they were at one moment, to be put back to the same places as often as wanted. */
export interface Image {
  /** Holds a copy of each folder under its name. */
  readonly place: string;
  readonly folders: readonly string[];
  /** Of files that have a second name in the image. */
  readonly modes: readonly (readonly [path: string, mode: number])[];
}

/** The few files that are written to under the name that they keep. */
const isWrittenTo = (path: string): boolean => /\.part$|was-live$/.test(path);
/** Sealed sides have another mode than live ones. */
const changesMode = (path: string): boolean => path.endsWith('.duckdb');

/**
 * Keeps a copy of folders. Most files are never written to once they have their names (a document is made once, a side
 * is sealed and known by inode and time of its last change): they get a second name instead of a copy. Synchronous, so
 * that a process can take one between two of its effects.
 */
export function take(folders: readonly string[], place: string): Image {
  const modes: (readonly [string, number])[] = [];
  for (const folder of folders)
    copy(folder, join(place, basename(folder)), (path) => {
      if (changesMode(path)) modes.push([join(folder, path), fs.statSync(join(folder, path)).mode & 0o777]);
    });
  return { place, folders, modes };
}

export function putBack({ place, folders, modes }: Image): void {
  for (const folder of folders) {
    fs.rmSync(folder, { recursive: true, force: true });
    copy(join(place, basename(folder)), folder, () => {});
  }
  for (const [path, mode] of modes) fs.chmodSync(path, mode);
}

function copy(from: string, to: string, onShared: (path: string) => void, below = '.'): void {
  fs.mkdirSync(join(to, below), { recursive: true });
  for (const entry of fs.readdirSync(join(from, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    const [source, target] = [join(from, path), join(to, path)];
    if (entry.isDirectory()) copy(from, to, onShared, path);
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
    else if (isWrittenTo(path)) fs.copyFileSync(source, target);
    else {
      fs.linkSync(source, target);
      onShared(path);
    }
  }
}

/** Where the store writes what has no name yet. */
export const isUnwritten = (what: string): boolean => /\/\.(tmp\/|writing-)/.test(what);

/** All names in folders but those of what is not written yet, with where links lead; random parts are `*`. */
export function namesIn(folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) =>
      fs.readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const kind = entry.isSymbolicLink() ? ` -> ${fs.readlinkSync(path)}` : entry.isDirectory() ? '/' : '';
        return `${spoken(folder, path)}${kind}`;
      }),
    )
    .filter((name) => !isUnwritten(name))
    .toSorted();
}

/** A path in a folder, from the folder's name on. What differs from run to run is `*`. */
export const spoken = (folder: string, path: string): string =>
  (basename(folder) + path.slice(folder.length))
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '*')
    .replace(/\d+-[0-9a-f]{16}$/, '*')
    .replace(/ledger\/[0-9a-f]+/, 'ledger/*');
