import type { Change } from '../../domain/change.ts';
import type { CutoverPlan, Seal } from '../../domain/cutover.ts';
import { contains, isRelation, type Name } from '../../domain/relation.ts';
import { neverMixed, type Shown, WarehouseError } from '../port.ts';
import type { SnowflakeCatalog } from './catalog.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { identifier } from './dialect.ts';
import { sqlOf } from './sql.ts';

/** A change, and the statements that make it; the first of them is what readers see. */
export interface Part {
  readonly change: Change;
  readonly statements: readonly string[];
}

/** Statements between whose start and end readers have some of what was live replaced, and some not yet. */
export interface Window {
  readonly first: string;
  readonly last: string;
}

/** null: no name that readers had is given something else, or all by one statement. */
export function windowOf(
  plan: CutoverPlan,
  { seal, catalog, parts }: { seal: Seal | null; catalog: SnowflakeCatalog; parts: readonly Part[] },
): Window | null {
  const moved = plan.changes.flatMap((change) =>
    change.do === 'move' && !isRelation(change.from) && !isRelation(change.to) ? [change.from, change.to] : [],
  );
  const aside = [...plan.kept, ...(seal?.sides ?? []), ...moved];
  const visible = new Set(plan.changes.slice(0, plan.visible));
  const isReplaced = (name: Name): boolean =>
    isRelation(name) && !aside.some((container) => contains(container, name)) && catalog.find(name) !== null;
  const seen = parts.filter(
    ({ change }) =>
      visible.has(change) &&
      (exchangesContainers(change) || [...change.before, ...change.after].some(([name]) => isReplaced(name))),
  );
  const [first, last] = [seen[0]?.statements[0], seen.at(-1)?.statements[0]];
  return first === undefined || last === undefined || seen.length === 1 ? null : { first, last };
}

const exchangesContainers = (change: Change): boolean => change.do === 'exchange' && !isRelation(change.a);

/** Longest that is waited for the server to tell, ms: readers have everything by then. */
const ASK_MS = 10_000;

/** By the server's own clock; where it does not tell, as long as the whole request took. */
export async function measured(ctx: Context, session: Session, window: Window | null, tookMs: number): Promise<Shown> {
  if (window === null) return neverMixed;
  try {
    const sql = await sqlOf('window', { database: identifier(ctx.database), session: session.id });
    const [row] = await session.run(sql, [window.first, window.last], { timeoutMs: ASK_MS });
    const ms = row?.['MS'];
    // It counts whole milliseconds that have passed.
    return { windowMs: typeof ms === 'number' && ms >= 0 ? Math.min(ms + 1, tookMs) : tookMs };
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    return { windowMs: tookMs };
  }
}
