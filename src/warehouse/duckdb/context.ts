import type { Files } from './files.ts';
import type { Known } from './found.ts';
import type { Layout } from './layout.ts';
import type { Opener } from './open.ts';
import type { Sayings } from './reads.ts';

/** What every part of the adapter works with. */
export interface Context {
  readonly layout: Layout;
  readonly files: Files;
  readonly open: Opener;
  /** By container; the newest only. */
  readonly known: Map<string, Known>;
  /** Of texts that were read in any file: sides have most of them in common. */
  readonly sayings: Sayings;
}
