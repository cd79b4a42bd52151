import type { Plan, PlannedNode } from '../domain/plan.ts';
import { sameName } from '../domain/relation.ts';

/** The nodes that are built beside live and go live at the cutover: not those without a relation or built in place. */
export const published = ({ nodes }: Pick<Plan, 'nodes'>): readonly PlannedNode[] =>
  nodes.filter(({ live, idle }) => idle !== null && !(live !== null && sameName(live, idle)));
