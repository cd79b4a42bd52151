import { z } from 'zod';
import type { CutoverPlan, Fingerprints } from '../../domain/cutover.ts';
import { isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import { changed } from '../changed.ts';
import type { WarehouseError } from '../port.ts';
import type { Context } from './context.ts';
import type { CutoverRequest } from './cutover-request.ts';
import { json, literal } from './dialect.ts';
import { functionIds, type Moves, relationIds } from './moves.ts';

/** The statement that raises when anything is not as it was decided on (sql/postgres/control/cutover.sql, guard). */
export function guardStatement({ ctx, plan, guard, moves, readers }: CutoverRequest): string {
  const expected = {
    states: statesBefore(plan, moves),
    seal: guard.seal ? prints(guard.seal.fingerprints) : [],
    live: guard.live ? prints(concerned(guard.live.fingerprints, plan)) : [],
    leaving: relationIds(moves.leaving),
    functions: functionIds(moves.leaving),
    known: readers.known,
  };
  return `select lastgreen.guard(${literal(ctx.environment)}, ${guard.fence}, ${json(expected)})`;
}

const at = ({ schema, identifier }: Relation) => ({ schema, name: identifier });

/** What each name holds before the first change that is still to do. */
function statesBefore(plan: CutoverPlan, moves: Moves) {
  const first = new Map<string, { schema: string; name: string; id: string | null }>();
  const doing = new Set(moves.all.map(({ from }) => nameKey(from)));
  for (const change of plan.changes)
    if (change.do === 'move' && isRelation(change.from) && doing.has(nameKey(change.from)))
      for (const [name, state] of change.before)
        if (isRelation(name) && !first.has(nameKey(name)))
          first.set(nameKey(name), { ...at(name), id: state.is === 'object' ? state.id : null });
  return [...first.values()];
}

const prints = (all: Fingerprints) => all.map(([relation, fingerprint]) => ({ ...at(relation), fingerprint }));

/** A relation that stays where it is may be written to all day. */
function concerned(all: Fingerprints, { changes }: CutoverPlan): Fingerprints {
  const names = new Set(changes.flatMap(({ before }) => before.map(([name]) => nameKey(name))));
  return all.filter(([relation]) => names.has(nameKey(relation)));
}

const detail = z.object({
  of: z.enum(['states', 'seal', 'live']),
  moved: z.array(z.object({ schema: z.string(), name: z.string() })),
});

/** What the guard found, as the port tells it. */
export function guardError(ctx: Context, error: WarehouseError): WarehouseError {
  const told = detail.safeParse(error.detail);
  if (!told.success) return error;
  const relations = told.data.moved.map(
    ({ schema, name }): Relation => ({ location: '', database: ctx.database, schema, identifier: name }),
  );
  return changed(relations, told.data.of === 'seal' ? { seal: true } : {}, { cause: error });
}
