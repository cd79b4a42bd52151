import type { Catalog, Column } from '../domain/catalog.ts';
import type { Change, Fill } from '../domain/change.ts';
import type { Cost } from '../domain/cost.ts';
import type { CutoverPlan, LiveLook, Mark, Seal } from '../domain/cutover.ts';
import type { Fence, ReleaseId, Sha } from '../domain/ids.ts';
import type { Lack } from '../domain/lack.ts';
import type { Past } from '../domain/past.ts';
import type { Exchange } from '../domain/plan.ts';
import type { Container, Relation } from '../domain/relation.ts';

export type { Catalog, CatalogRelation, Column, Grant, Protection, Tie } from '../domain/catalog.ts';

/** Facts that planning and doctor read. The engine never branches on them. */
export interface Traits {
  /** `atomic`: all changes of a cutover at once; `each`: one after the other. */
  readonly cutover: 'atomic' | 'each';
  /** `name`: a view reads what its text names now; `object`: what it named when it was created. */
  readonly viewsBind: 'name' | 'object';
  /** What changes places with live. */
  readonly exchange: Exchange;
  readonly carry: readonly ('clone' | 'copy' | 'ctas')[];
  /** 0: none beyond kept sides. */
  readonly timeTravelMs: number;
  readonly drift: 'exact' | 'best-effort';
  /** dbt may write to live while readers read: a plain refresh needs no copy. */
  readonly writesBesideReaders: boolean;
}

/** A mark beside the highest number that was claimed. */
export interface Standing {
  readonly mark: Mark | null;
  readonly claimed: Fence;
}

/** What readers could see of a cutover. */
export interface Shown {
  /**
   * For how long some of what was live was replaced and some was not yet, ms; 0 where it never was so; null where nobody
   * can tell.
   */
  readonly windowMs: number | null;
}

/** All at once. */
export const neverMixed: Shown = { windowMs: 0 };

/** What rests beside live and may be gone back to, oldest first. */
export interface KeptSide {
  /** Whose content it holds. */
  readonly release: ReleaseId;
  readonly sha: Sha;
  readonly containers: readonly Container[];
  readonly bytes: number | null;
}

/** What readers had before something that was adopted took its place: nobody goes back to it. */
export interface SetAside {
  readonly relation: Relation;
  /** ISO, by the engine's clock. */
  readonly since: string;
}

/** One that was removed, with the ISO time, by the engine's clock, until which it can be had back. */
export type RemovedSide = KeptSide & { readonly until: string };

/** What was, for engines that can still give it. */
export interface TimeTravel {
  /**
   * The tables of some containers, with those that were dropped there and can be had; where nobody tells of all of these, of
   * those at a time. `at`: ISO.
   */
  past(scope: readonly Container[], at: string): Promise<readonly Past[]>;
  /** Kept sides that were removed. */
  removed(): Promise<readonly RemovedSide[]>;
  /** Has a removed side kept again, as it was. Repeatable. Throws `fenced`. */
  restore(side: KeptSide, fence: Fence): Promise<void>;
}

/** What a project calls its relations on both sides; empty where nobody can tell. */
export interface ProjectNames {
  readonly live: readonly Relation[];
  readonly idle: readonly Relation[];
}

/** What a relation of live is called in another place. */
export type Elsewhere = (live: Relation) => Relation;

/** What a side is about to show, and who is said to read it. */
export interface Reading {
  /** The side, sealed. */
  readonly from: readonly Container[];
  /** What readers call what changes. */
  readonly names: readonly Relation[];
  /** As the engine names them, such as `user:ann@example.com`. */
  readonly readers: readonly string[];
}

export interface QueryOptions {
  /** The side that is asked; on engines with several containers in one connection only its location counts. */
  readonly in: Container;
  readonly timeoutMs: number;
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

/**
 * A warehouse as the engine sees it. It knows fills and changes and never hears a strategy's name. Every method throws
 * WarehouseError and nothing else; `unknown` means that the outcome has to be observed.
 */
export interface Warehouse extends AsyncDisposable {
  readonly traits: Traits;
  /** Where `traits.timeTravelMs` is more than 0. */
  readonly timeTravel?: TimeTravel;
  /**
   * Where several idle sides take turns: which of those that it was given the next release is built in, by the standing that
   * was read last.
   */
  building?(): number;
  /** The same: which of them is live; null: none. */
  serving?(): number | null;
  /**
   * Where readers use views: has those show the columns that what they point to has by now, after dbt wrote to live itself.
   * Repeatable. Throws `fenced`.
   */
  follow?(fence: Fence): Promise<void>;
  /**
   * Where rights on what readers use are not all that it takes: what would keep them from what a side is to show. Changes
   * nothing.
   */
  readerAccess?(reading: Reading): Promise<readonly Lack[]>;
  /** Looks whether everything is there that releases of a project need, and changes nothing: for doctor. */
  examine(names: ProjectNames): Promise<readonly Lack[]>;
  /** Reads without claiming: for status, plan and show. */
  standing(): Promise<Standing>;
  /**
   * Succeeds only above what is claimed. On return no cutover sent under a lower fence can still change what readers
   * get. Call before observing. `unfinished`: the cutover whose end nobody recorded, so that its session can be drained.
   */
  claim(fence: Fence, unfinished: CutoverPlan | null): Promise<Mark | null>;
  /** Those that do not exist have no relations. `bare`: columns, rights and ties may be left out, as for changes alone. */
  catalog(scope: readonly Container[], o?: { bare?: boolean }): Promise<Catalog>;
  /**
   * Without relations: of all in the containers. `sealed`: how a side was when it was sealed which may be what the
   * containers are now; its fingerprints are taken where the cheap token says that nothing was written since.
   */
  look(scope: readonly Container[], relations?: readonly Relation[], sealed?: Seal | null): Promise<LiveLook>;
  /** True when the cheap token says that nothing was written to what was looked at. False: look again. */
  unchanged(scope: readonly Container[], look: LiveLook): Promise<boolean>;
  /**
   * From here on fingerprints of these tell every write exactly. Where they do so anyway, nothing happens. Repeatable;
   * what is not there is left out.
   */
  countWrites(relations: readonly Relation[], o: { fence: Fence; signal: AbortSignal }): Promise<void>;
  /**
   * Idle side only, repeatable. `protect` also takes what rests and is to come back: that gets the rights that live has,
   * and keeps no others but those that are `restored`; so does a copy, where that is said. Throws `drifted` when a copied object is not `id` any more.
   */
  fill(fills: readonly Fill[], o: { fence: Fence; signal: AbortSignal; done?: (n: number) => void }): Promise<void>;
  /** Bytes that relations take, as the engine tells them; those that are not there are left out. */
  sizes(relations: readonly Relation[]): Promise<readonly (readonly [Relation, number])[]>;
  /**
   * Ends what a dbt that died left running on the server; returns how many sessions. Under the lease, while no dbt of
   * this environment runs.
   */
  stop(): Promise<number>;
  /** From here on nobody writes to it under the idle name, or every write shows, whoever looks and whenever. */
  seal(release: ReleaseId, idle: readonly Container[], fence: Fence): Promise<Seal>;
  /**
   * What is live without a release becomes the sealed side of one, copied only where it must be. Readers notice nothing
   * of it, nor of the cutover that follows. `relations`: what the project calls its own, where relations are adopted one by
   * one; without it all that is there. `from`: where they are, if not where readers will have them.
   */
  adopt(
    release: ReleaseId,
    live: readonly Container[],
    fence: Fence,
    relations?: readonly Relation[],
    from?: Elsewhere,
  ): Promise<Seal>;
  /**
   * Where readers use views: what relations of live are called in another place that holds a production, such as another
   * dataset, from which it can be adopted while that goes on as it is. Throws `refused` for a place that is none.
   */
  elsewhere?(place: string): Elsewhere;
  /** Puts a sealed side back under the idle name, to fill or build in it again. Repeatable. */
  reopen(seal: Seal, idle: readonly Container[]): Promise<void>;
  /** Gives up a sealed or idle side that readers never saw. Repeatable. */
  discard(sides: readonly Container[]): Promise<void>;
  /**
   * Owns its transaction: checks the guard, applies, marks. Safe to run again: skips changes whose `after` holds.
   * Throws `fenced`, `drifted` (guard.live or guard.seal do not hold), `busy` (nothing changed), `unknown`.
   * `live: null` compares nothing (a rollback, where drift was levelled or only informs).
   */
  cutover(
    plan: CutoverPlan,
    guard: { fence: Fence; seal: Seal | null; live: LiveLook | null },
    done?: (n: number) => void,
  ): Promise<Shown>;
  kept(): Promise<readonly KeptSide[]>;
  /** Renames to trash, then deletes. Never what live resolves to. Returns what it removed. */
  remove(sides: readonly KeptSide[]): Promise<readonly string[]>;
  /** Where adoption sets aside what it takes the place of: what rests of that. */
  setAside?(): Promise<readonly SetAside[]>;
  /** Deletes it. Returns what it deleted. Repeatable. */
  removeSetAside?(all: readonly SetAside[]): Promise<readonly string[]>;
  query(sql: string, o: QueryOptions): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The columns that a query would give, without running it. */
  describe(sql: string, o: QueryOptions): Promise<readonly Column[]>;
  /** Bytes that a query would read, without running it; only where somebody pays for them. */
  estimate?(sql: string, o: QueryOptions): Promise<number>;
  /** What a release's statements took, by the engine's own account; only where somebody pays for them. */
  cost?(of: { readonly release: ReleaseId; readonly from: Date; readonly until: Date }): Promise<readonly Cost[]>;
  /** `a.b.c` quoted for SQL. */
  quote(relation: Relation): string;
  /**
   * What `plan --sql` prints, one statement or file operation a line. `kind`: of the relation that is dropped or moved;
   * null: it is not there, or nobody knows.
   */
  explain(step: Fill | Change, kind?: string | null): string;
}

export type FillOptions = Parameters<Warehouse['fill']>[1];
export type CatalogOptions = NonNullable<Parameters<Warehouse['catalog']>[1]>;

/** The only error an adapter throws. The engine retries busy and down in one place; unknown is settled by claim and observe. */
export class WarehouseError extends Error {
  readonly is: 'busy' | 'down' | 'denied' | 'missing' | 'fenced' | 'drifted' | 'unknown' | 'refused';
  /** Such as the pid that holds a file, the relations that drifted. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    is: WarehouseError['is'],
    message: string,
    detail: Readonly<Record<string, unknown>> = {},
    o?: ErrorOptions,
  ) {
    super(message, o);
    this.name = 'WarehouseError';
    this.is = is;
    this.detail = detail;
  }
}
