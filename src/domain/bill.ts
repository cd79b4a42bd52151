import type { NodeId } from './ids.ts';

/** What the engine says beforehand that building in full will read; only where somebody pays for what is read. */
export interface Bill {
  /** Largest first; null: it cannot be told before a parent is built. */
  readonly nodes: readonly { readonly id: NodeId; readonly name: string; readonly bytes: number | null }[];
  /** Of those that can be told. */
  readonly bytes: number;
  /** null: nobody said what reading costs. */
  readonly price: { readonly amount: number; readonly currency: string } | null;
}
