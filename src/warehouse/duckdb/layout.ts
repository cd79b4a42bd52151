import { basename, dirname, join, relative } from 'node:path';
import type { Fence, ReleaseId } from '../../domain/ids.ts';
import type { Container } from '../../domain/relation.ts';

/**
 * Where everything lies. Beside the live file, in `.<stem>.lastgreen/`: `green/` (the idle side), `r42/` (sealed and kept
 * sides), `marks/42/` (a mark and the link that live points at), `claims/42`, `fence.42/`, `trash/`.
 */
export interface Layout {
  readonly live: Container;
  readonly idle: Container;
  /** The folder that readers' name lies in. */
  readonly folder: string;
  /** The file's name, the same on every side: DuckDB names the catalog after it. */
  readonly file: string;
  readonly home: string;
  /** The folder of the idle side. */
  readonly green: string;
  readonly claims: string;
  readonly marks: string;
  readonly trash: string;
}

export function layoutOf(live: Container, idle: Container): Layout {
  const folder = dirname(live.location);
  const home = join(folder, `.${live.database}.lastgreen`);
  return {
    live,
    idle,
    folder,
    file: basename(live.location),
    home,
    green: dirname(idle.location),
    claims: join(home, 'claims'),
    marks: join(home, 'marks'),
    trash: join(home, 'trash'),
  };
}

export const sideFolder = (layout: Layout, release: ReleaseId): string => join(layout.home, release);

/** The side that lies in a folder. */
export const sideIn = (layout: Layout, folder: string): Container => ({
  location: join(folder, layout.file),
  database: layout.live.database,
  schema: null,
});

/** Whether a folder belongs to this adapter: the idle side's, or one of a release. */
export const isOwnFolder = (layout: Layout, folder: string): boolean =>
  folder === layout.green || isSideFolder(layout, folder);

export const isSideFolder = (layout: Layout, folder: string): boolean =>
  dirname(folder) === layout.home && /^r\d+$/.test(basename(folder));

export const claimOf = (layout: Layout, fence: number): string => join(layout.claims, String(fence));
export const fenceFolder = (layout: Layout, fence: number): string => join(layout.home, `fence.${fence}`);
/** Where a lower fence goes when a higher one is claimed. */
export const spentFolder = (layout: Layout, fence: number): string => join(layout.home, `spent.${fence}`);
/** What the cutover under a fence renames over the name that readers open. */
export const nextLink = (layout: Layout, fence: Fence): string => join(fenceFolder(layout, fence), 'next');

export const markFolder = (layout: Layout, name: string): string => join(layout.marks, name);
export const markFile = (layout: Layout, name: string): string => join(markFolder(layout, name), 'mark.json');
/** From a mark to the side that it made live. */
export const markLink = (layout: Layout, name: string): string => join(markFolder(layout, name), layout.file);
/** Lies in marks that readers have certainly had: written before another mark takes their place. */
export const wasLive = (layout: Layout, name: string): string => join(markFolder(layout, name), 'was-live');

/** What the live link says: relative, so that the folder can be moved as a whole. */
export const liveTarget = (layout: Layout, name: string): string => relative(layout.folder, markLink(layout, name));
/** What the link in a mark says. */
export const sideTarget = (layout: Layout, name: string, location: string): string =>
  relative(markFolder(layout, name), location);
