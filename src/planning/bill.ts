import type { Bill } from '../domain/bill.ts';
import { fail } from '../domain/errors.ts';
import type { NodeId } from '../domain/ids.ts';
import type { Plan, PlannedNode } from '../domain/plan.ts';
import type { Settings } from '../domain/settings.ts';

/** What reads all that it is made of when it is built; what continues from its history reads as much as is new. */
export const builtInFull = ({ nodes }: Pick<Plan, 'nodes'>): readonly PlannedNode[] =>
  nodes.filter(
    ({ resource, materialized, history, live }) =>
      resource === 'model' && live !== null && history !== 'seed' && !materialized.includes('view'),
  );

const TIB = 1_099_511_627_776;

/** `told`: bytes by node; what is not in it cannot be told. */
export function billOf(
  nodes: readonly PlannedNode[],
  told: ReadonlyMap<NodeId, number>,
  { price }: Settings['build']['reads'],
): Bill {
  const rows = nodes.map(({ id, name }) => ({ id, name, bytes: told.get(id) ?? null }));
  const bytes = rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
  return {
    nodes: rows.toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1)),
    bytes,
    price: price && { amount: (bytes / TIB) * price.perTib, currency: price.currency },
  };
}

/** Throws TOO_DEAR when it is more than the settings allow. */
export function refuseTooDear({ bytes, nodes }: Bill, { maxBytes }: Settings['build']['reads']): void {
  if (maxBytes === null || bytes <= maxBytes) return;
  fail('TOO_DEAR', {
    bytes,
    maxBytes,
    nodes: nodes.flatMap(({ name, bytes: of }) => (of ? [{ name, bytes: of }] : [])),
  });
}
