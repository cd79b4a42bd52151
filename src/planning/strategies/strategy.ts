import type { Change, Right } from '../../domain/change.ts';
import type { Seal } from '../../domain/cutover.ts';
import type { NodeId, ReleaseId } from '../../domain/ids.ts';
import type { Plan, PlannedNode } from '../../domain/plan.ts';
import { type Container, containersOf, type Relation } from '../../domain/relation.ts';
import type { Catalog, Traits } from '../../warehouse/port.ts';
import type { NamedNode, NameMap } from '../names.ts';

/** A node of the change set, where it is on the sides, and what its history comes from. */
export interface Placed {
  readonly node: PlannedNode;
  /** The live relation that is copied into the idle side first; null: built from nothing. */
  readonly seedFrom: Relation | null;
  /** What its definition does not give any more. */
  readonly revoked: readonly Right[];
}

export interface PrepareFacts {
  readonly names: NameMap;
  readonly traits: Traits;
  /** As the connections fix them; which containers a release really touches is the strategy's to say. */
  readonly sides: { readonly live: readonly Container[]; readonly idle: readonly Container[] };
  /** Parents first; ephemeral and shared nodes have nothing to prepare. */
  readonly placed: readonly Placed[];
  readonly unchanged: readonly NamedNode[];
  /** Live relations that go away: of removed nodes, and orphans of past releases. */
  readonly leaving: readonly Relation[];
  readonly nodeName: (id: NodeId) => string;
  /** What the settings say of relations that belong to the environment. */
  readonly state: (relation: Relation) => 'merge' | 'drop' | null;
  readonly catalog: Catalog;
}

export type Prepared = Pick<Plan, 'carried' | 'deferred' | 'prepare' | 'settle' | 'idle' | 'live'> & {
  /** Why it cannot be done this way, in sentences. */
  readonly problems: readonly string[];
};

export interface CutFacts {
  readonly plan: Plan;
  readonly release: ReleaseId;
  readonly seal: Seal;
  readonly catalog: Catalog;
  /** Whose content leaves live; null when nothing was live. */
  readonly leaves: ReleaseId | null;
  readonly traits: ExchangeFacts['traits'];
}

export interface Cut {
  readonly changes: readonly Change[];
  /** The first n differ for readers. */
  readonly visible: number;
  /** Where what leaves live rests afterwards. */
  readonly kept: readonly Container[];
  /** Live names that this changes: may not exceed what the plan announced. */
  readonly touched: {
    readonly replace: readonly Relation[];
    readonly add: readonly Relation[];
    readonly remove: readonly Relation[];
  };
}

export interface ContainerPair {
  readonly live: Container;
  /** What comes; null: nothing does, and what is live goes away. */
  readonly to: Container | null;
}

/** What gets a live name; `from: null`: nothing. */
export interface Comes {
  readonly live: Relation;
  readonly from: Relation | null;
}

export interface ExchangeFacts {
  readonly live: readonly Container[];
  /** Of the containers that relations come from, those that nothing else rests in: the release's own. */
  readonly own: readonly Container[];
  readonly catalog: Catalog;
  /** Whose content leaves live; null when nothing was live. */
  readonly leaves: ReleaseId | null;
  readonly release: ReleaseId;
  readonly traits: Pick<Traits, 'exchange' | 'viewsBind'>;
}

/** One way to get from facts to fills and changes. A warehouse never hears its name. */
export interface Strategy {
  prepare(facts: PrepareFacts): Prepared;
  cut(facts: CutFacts): Cut;
  /** What holds all of these on either side, in step; `sides`: as the connections fix them. */
  sides(named: readonly Pick<NamedNode, 'live' | 'idle'>[], sides: PrepareFacts['sides']): PrepareFacts['sides'];
}

/** The schemas that hold relations, each once, in order of appearance. */
export const schemasOf = (relations: readonly Relation[]): readonly Container[] => containersOf(relations);
