import type { NodeId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Relation } from '../domain/relation.ts';
import { withDownstream } from './graph.ts';
import { keepsHistory } from './history.ts';
import { type Locate, place } from './names.ts';
import { makePlan, type PlanFacts } from './plan.ts';
import { irreplaceable, unservedColumns } from './protect.ts';
import type { RebuildBack, RollbackFacts } from './rollback.ts';

/** Where a node's history comes from when an earlier commit is built again. */
export type HistorySource =
  | { readonly from: Relation; readonly because: string }
  | { readonly from: null; readonly because: string }
  /** Neither copied nor built in full: a person decides. */
  | { readonly from: 'nowhere'; readonly because: string };
