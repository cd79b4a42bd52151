import type { Moment } from './verdict.ts';

/** One environment of lastgreen.yml with every default filled in. Times in ms, sizes in bytes. */
export interface Settings {
  readonly environment: string;
  /** dbt's target that readers' names belong to. */
  readonly target: string;
  readonly build: {
    readonly timeoutMs: number;
    readonly threads: number | null;
    readonly vars: Readonly<Record<string, unknown>>;
    /** Selector of nodes that are never rebuilt in full. */
    readonly fullRefreshExcept: string | null;
    readonly maxBytes: number | null;
    /** Where somebody pays for what is read: how much building in full may read, and what a tebibyte costs. */
    readonly reads: {
      readonly maxBytes: number | null;
      readonly price: { readonly perTib: number; readonly currency: string } | null;
    };
    /** Node name -> since, for microbatch backfills. */
    readonly backfill: Readonly<Record<string, string>>;
  };
  /** Node name -> what a changed parent means for its history. */
  readonly history: Readonly<Record<string, { readonly onParentChange: 'full' | 'seed' }>>;
  /** Names or patterns (`*`) of nodes whose rows a rollback may never lose. */
  readonly irreplaceable: readonly string[];
  readonly drift: { readonly tables: 'warn' | 'fail'; readonly history: 'catch_up' | 'fail'; readonly rounds: number };
  readonly shared: { readonly inPlace: readonly string[] };
  readonly state: readonly { readonly relation: string; readonly onCutover: 'merge' | 'drop' }[];
  readonly gates: GateSettings;
  readonly cutover: { readonly stuck: 'stay' | 'swap_back' };
  readonly watch: { readonly forMs: number; readonly everyMs: number; readonly then: 'swap_back' | 'stay' };
  readonly rollback: { readonly keepMs: number };
  readonly retention: { readonly releases: number; readonly days: number };
  readonly lease: { readonly ttlMs: number; readonly renewMs: number; readonly marginMs: number };
}

interface GateSettings {
  readonly compatibility: {
    readonly allow: readonly CompatibilityAllowance[];
  };
  readonly smoke: readonly Smoke[];
  readonly readerAccess: {
    /** As the engine names them, such as `user:ann@example.com`. */
    readonly readers: readonly string[];
  };
}

export interface CompatibilityAllowance {
  readonly node: string;
  /** Absent: the model as a whole. */
  readonly column: string | null;
  readonly change: 'dropped' | 'retyped' | 'narrowed' | 'removed';
  readonly reason: string;
  /** ISO date, the last day on which it holds. */
  readonly until: string;
}

export type Smoke = {
  readonly name: string;
  readonly at: readonly Moment[];
  readonly severity: 'warn' | 'fail';
  readonly timeoutMs: number;
} /** Change of the number of rows against live, as fractions: -0.02 and 0.2. */ & (
  | { readonly form: 'rows'; readonly node: string; readonly min: number; readonly max: number }
  /** The same query on both sides, equal within a fraction; `{relation}` stands for the side's relation. */
  | { readonly form: 'compare'; readonly node: string; readonly sql: string; readonly within: number }
  /** SQL that returns bad rows; `{{ ref('x') }}` stands for the side's relation. */
  | { readonly form: 'offending'; readonly sql: string; readonly file: string }
);
