import type { NodeResult } from '../dbt/port.ts';
import type { LiveLook } from '../domain/cutover.ts';
import type { Lack } from '../domain/lack.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Plan } from '../domain/plan.ts';
import type { Relation } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Check, Moment, Verdict } from '../domain/verdict.ts';
import type { Catalog, Column, Warehouse } from '../warehouse/port.ts';

/** What is known before anything is built. */
export interface GateFacts {
  readonly plan: Omit<Plan, 'checks' | 'hash'>;
  readonly settings: Settings;
  /** Of this commit, for the side that is built. */
  readonly manifest: Manifest;
  /** Of this commit, for the live side. */
  readonly liveManifest: Manifest;
  /** Of what is live; null for a first release. */
  readonly baseline: Manifest | null;
  readonly direction: 'forward' | 'back';
}

/** What a check may look at. Every query names its side; both sides are asked separately and compared here. */
export interface GateIo extends GateFacts {
  readonly at: Moment;
  /** The side that is asked about: idle before the cutover, live after it. */
  readonly candidate: Side;
  /** What readers have now; after the cutover what they had before it (the kept side), null when there was nothing. */
  readonly current: Side | null;
  readonly results: readonly NodeResult[];
  /** What would keep readers from what the candidate is to show; null: the engine has no such question. */
  readonly readerAccess: (() => Promise<readonly Lack[]>) | null;
  readonly signal: AbortSignal;
  readonly now: Date;
}

export interface Side {
  readonly catalog: Catalog;
  /** The node's relation on this side; null for ephemeral and unknown ones. */
  relationOf(node: string): Relation | null;
  /** The signal of the check that asks ends the query with it. */
  query(sql: string, signal?: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The columns that a query would give here. */
  describe(sql: string, signal?: AbortSignal): Promise<readonly Column[]>;
  quote: Warehouse['quote'];
  /** As looked at when the release began; null where nobody looked. */
  readonly look: LiveLook | null;
  /** When that was; null where nobody looked. */
  readonly lookedAt: Date | null;
  /** As it is now; read once, however many checks ask. */
  lookAgain(): Promise<LiveLook>;
}

/** A gate, a file and an entry in registry.ts. */
export interface Gate {
  readonly name: string;
  /** Pure; printed by `plan`. A gate with nothing to ask returns nothing. */
  expect(facts: GateFacts): readonly Check[];
  /**
   * What lastgreen.yml asks and this commit cannot be asked, in sentences. Pure.
   */
  unaskable?(facts: GateFacts): readonly string[];
  /** Answers one of its checks. A throw is an error, a timeout inconclusive: never a pass. */
  run(check: Check, io: GateIo): Promise<Verdict>;
}
