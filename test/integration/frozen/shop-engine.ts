import type { Ports } from '../../../src/engine/ports.ts';
import type { Hand } from './stand-in.ts';

/** What of a shop its engine decides; paths are below the project. */
export interface ShopEngine {
  /** The target in profiles.yml. */
  readonly output: Readonly<Record<string, unknown>>;
  /** What lastgreen.yml says of the idle side, where it says something. */
  readonly idle?: string;
  /** Beside the store, where promote and rollback change something. */
  readonly folders: readonly string[];
  hand(ports: Ports): Hand;
  /** The versions that one reader gets who comes now, in all columns of all relations. */
  read(dir: string): Promise<readonly number[]>;
  /** What nobody needs any more in the warehouse, when this is the highest number. */
  leftOver(dir: string, fence: number): Promise<readonly string[]>;
}
