import type { Dbt, NodeProgress } from '../dbt/port.ts';
import type { Holder } from '../domain/head.ts';
import type { Container } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Answer } from '../domain/verdict.ts';
import type { Git } from '../git/port.ts';
import type { Store } from '../store/port.ts';
import type { Warehouse } from '../warehouse/port.ts';

/** The only timer that the engine knows. */
export interface Clock {
  now(): Date;
  /** Monotonic, ms. Stands still while the machine is suspended. */
  elapsedMs(): number;
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Who this process is, and whether another holder is certainly dead. */
export interface Processes {
  readonly me: Holder;
  /** True only on the same boot, when no process has that pid and start time. A stopped one is alive. */
  isDead(holder: Holder): Promise<boolean>;
}

/** Random values; seeded in tests. */
export interface Random {
  /** 128 bits, hex. */
  nonce(): string;
  /** 0 <= x < 1, for jitter. */
  fraction(): number;
}

/** What goes on, for whoever shows it. Never decides anything. */
export type Progress =
  | {
      readonly is: 'phase';
      readonly phase: string;
      readonly detail?: string;
      /** ISO time at which it will end. */
      readonly until?: string;
    }
  /** The checks were all asked once; a watch asks them again. */
  | { readonly is: 'round'; readonly n: number }
  | { readonly is: 'phase-done'; readonly phase: string; readonly ms: number; readonly detail?: string }
  | { readonly is: 'node'; readonly progress: NodeProgress }
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'note'; readonly text: string };

/** Everything that the engine acts through. */
export interface Ports {
  readonly settings: Settings;
  readonly sides: { readonly live: readonly Container[]; readonly idle: readonly Container[] };
  readonly warehouse: Warehouse;
  readonly store: Store;
  readonly dbt: Dbt;
  readonly git: Git;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly random: Random;
  readonly report: (progress: Progress) => void;
}
