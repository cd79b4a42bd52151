import type { Relation } from '../domain/relation.ts';
import type { RollbackPlan } from '../planning/rollback.ts';
import type { Ports } from './ports.ts';

/** Rows of a relation that goes back: what readers have, and what they will have. null: it could not be asked. */
export interface AtStake {
  readonly name: string;
  readonly live: number | null;
  readonly kept: number | null;
}

/** At 3 a.m. nobody waits for a count longer than this, ms. */
const COUNT_MS = 5_000;
const AT_MOST = 20;

/** Counts both sides of what was written to since and goes back all the same; a count that fails stops nothing. */
export async function rowsAtStake(ports: Ports, plan: RollbackPlan, signal: AbortSignal): Promise<readonly AtStake[]> {
  if (plan.is !== 'swap') return [];
  const moved = plan.goingBack.filter(({ movedOn }) => movedOn).slice(0, AT_MOST);
  return Promise.all(
    moved.map(async ({ name, live, kept }) => ({
      name,
      live: await countOf(ports, live, signal),
      kept: await countOf(ports, kept, signal),
    })),
  );
}

async function countOf(ports: Ports, relation: Relation, signal: AbortSignal): Promise<number | null> {
  const { location, database, schema } = relation;
  const sql = `select count(*) as row_count from ${ports.warehouse.quote(relation)}`;
  try {
    const rows = await ports.warehouse.query(sql, { in: { location, database, schema }, timeoutMs: COUNT_MS, signal });
    // Engines write the name of a column in their own letters.
    const count = Number(Object.values(rows[0] ?? {})[0]);
    return Number.isFinite(count) ? count : null;
  } catch {
    return null;
  }
}
