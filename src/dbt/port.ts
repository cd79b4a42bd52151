import type { NodeId } from '../domain/ids.ts';
import type { Inputs, Manifest } from '../domain/manifest.ts';
import type { Relation } from '../domain/relation.ts';

export type SideName = 'live' | 'idle';

/** A commit's project on disk. */
export interface Project {
  readonly dir: string;
}

export interface Parsed {
  readonly manifest: Manifest;
  /** manifest.json as dbt wrote it: an artifact, and what `--state` is given. */
  readonly raw: Uint8Array;
}

export interface NodeResult {
  readonly id: NodeId;
  readonly status: 'success' | 'error' | 'fail' | 'warn' | 'skipped' | 'pass' | 'no-op';
  readonly message: string;
  readonly failures: number | null;
  readonly rows: number | null;
  readonly ms: number;
  /** Where the compiled SQL lies, relative to the project; null when there is none. */
  readonly compiledPath: string | null;
  /** The query that was run, where dbt says it. */
  readonly compiled?: string;
}

export interface BuildResult {
  readonly invocation: string;
  readonly results: readonly NodeResult[];
  /** All expected nodes finished and none failed; warnings pass. */
  readonly ok: boolean;
  /** File name -> content: run_results.json, dbt.log (secrets scrubbed), ...; kept also when dbt fails. */
  readonly artifacts: Readonly<Record<string, Uint8Array>>;
  readonly ms: number;
}

export interface NodeProgress {
  readonly id: NodeId;
  readonly phase: 'start' | 'finish';
  readonly done: number;
  readonly total: number;
  readonly result: NodeResult | null;
}

export interface BuildRequest {
  /** Exactly these nodes and tests, and the tests that read them; empty: what the arguments choose, else everything. */
  readonly select: readonly NodeId[];
  /** Unselected parents that are not on this side: where they are instead. Empty: everything is on this side. */
  readonly defer: ReadonlyMap<NodeId, Relation>;
  /** The side's manifest, which the deferral manifest is generated from. */
  readonly manifest: Parsed;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly threads: number | null;
  readonly timeoutMs: number;
  /** The verb first; `build` when left out. They win over `select` where they choose nodes themselves. */
  readonly arguments?: readonly string[];
  /** Aborting sends SIGINT, waits, then kills. */
  readonly signal: AbortSignal;
  readonly on: (progress: NodeProgress) => void;
}

/**
 * dbt as a subprocess, always with the private rendered profile of a side. Throws LastgreenError: DBT_MISSING,
 * DBT_TOO_OLD, DBT_BROKEN (a parse error, with dbt's own message), INTERRUPTED. A failing node is no throw.
 */
export interface Dbt {
  version(): Promise<{ readonly core: string; readonly adapter: string }>;
  /** `dbt parse`: the project's manifest for a side. */
  parse(project: Project, side: SideName, signal: AbortSignal): Promise<Parsed>;
  /** `dbt ls` with `--state` where given; also writes the side's manifest, in one start. Tests are listed too. */
  list(
    project: Project,
    side: SideName,
    o: {
      readonly select: string;
      readonly exclude?: string;
      /** Whether each part of the selector must choose something, except `state:`. Throws USAGE. */
      readonly strict?: boolean;
      readonly state: Uint8Array | null;
      readonly signal: AbortSignal;
    },
  ): Promise<Parsed & { readonly selected: readonly NodeId[] }>;
  build(project: Project, side: SideName, request: BuildRequest): Promise<BuildResult>;
  /** A manifest.json that was recorded earlier; needs no dbt. Throws DBT_BROKEN. */
  read(raw: Uint8Array): Manifest;
  /** What a build reads beside the commit; `key`: base64, for the keyed hashes. */
  inputs(project: Project, manifest: Manifest, key: string): Promise<Inputs>;
}
