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

/** The few files that are written to under the name that they keep: dbt builds in `green`. */
const isWrittenTo = (path: string): boolean => /\.part$|was-live$|\/green\//.test(path);
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
    mirror(folder, join(place, basename(folder)), (path) => {
      if (changesMode(path)) modes.push([join(folder, path), fs.statSync(join(folder, path)).mode & 0o777]);
    });
  return { place, folders, modes };
}

/** Where an image has what was in its folders. */
export const copiesIn = ({ place, folders }: Image): readonly string[] =>
  folders.map((folder) => join(place, basename(folder)));

export function putBack(image: Image): void {
  for (const [i, copy] of copiesIn(image).entries()) mirror(copy, image.folders[i] ?? '', () => {});
  for (const [path, mode] of image.modes) fs.chmodSync(path, mode);
}

/** Makes a folder equal to another one. What is the same file already stays: most of an image is. */
function mirror(from: string, to: string, onShared: (path: string) => void, below = '.'): void {
  fs.mkdirSync(join(to, below), { recursive: true });
  const entries = fs.readdirSync(join(from, below), { withFileTypes: true });
  const wanted = new Set(entries.map(({ name }) => name));
  for (const name of fs.readdirSync(join(to, below)))
    if (!wanted.has(name)) fs.rmSync(join(to, below, name), { recursive: true });
  for (const entry of entries) {
    const path = join(below, entry.name);
    const [source, target] = [join(from, path), join(to, path)];
    const there = fs.lstatSync(target, { throwIfNoEntry: false });
    if (entry.isDirectory()) {
      if (there && !there.isDirectory()) fs.rmSync(target);
      mirror(from, to, onShared, path);
    } else {
      const shares = !entry.isSymbolicLink() && !isWrittenTo(path);
      if (shares) onShared(path);
      if (shares && there?.ino === fs.lstatSync(source).ino) continue;
      if (there) fs.rmSync(target, { recursive: true });
      if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
      else if (shares) fs.linkSync(source, target);
      else fs.copyFileSync(source, target);
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
