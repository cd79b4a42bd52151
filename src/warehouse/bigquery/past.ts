import pMap from 'p-map';
import { z } from 'zod';
import { objectId } from '../../domain/ids.ts';
import type { Past } from '../../domain/past.ts';
import { type Container, contains } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { behindIt } from './catalog.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { readRing } from './control.ts';
import { qualified, timestamp } from './dialect.ts';
import type { Found } from './found.ts';
import type { TableId } from './places.ts';
import { followed } from './pointers.ts';
import { dryRun, runRows } from './queries.ts';

const clock = z.tuple([z.object({ now: z.coerce.number() })]);

/**
 * The tables of some containers, with what had their names before, as far back as their datasets keep it: a time is one of a
 * name, whatever table it was (documentation, "Data retention with time travel and fail-safe"). What was dropped and has no
 * name any more is not told of.
 */
export async function past(ctx: Context, scope: readonly Container[]): Promise<readonly Past[]> {
  if (scope.length === 0) return [];
  const [{ now }] = clock.parse(
    await runRows(ctx, { sql: 'SELECT UNIX_MILLIS(CURRENT_TIMESTAMP()) AS now', step: 'past' }),
  );
  const { live } = await readRing(ctx);
  const { found, datasets } = await followed(ctx, scope, { bare: true, live });
  const reach = new Map(
    datasets.map(({ project, dataset, travelMs }) => [JSON.stringify([project, dataset]), travelMs]),
  );
  const tables = found.filter(
    ({ relation, kind }) => kind === 'table' && scope.some((container) => contains(container, relation)),
  );
  const all = await pMap(
    tables,
    async (one) => {
      const is = behindIt(one);
      const from = now - (reach.get(JSON.stringify([is.id.project, is.id.dataset])) ?? 0);
      const hadOther = is.created > from && (await wasThere(ctx, is.id, is.created - 1));
      return pastsOf({ ...is, relation: one.relation }, { from, hadOther });
    },
    { concurrency: IN_FLIGHT },
  );
  return all.flat();
}

/** Whether a table had the name at a time, ms since 1970: a question that costs nothing tells. */
async function wasThere(ctx: Context, id: TableId, at: number): Promise<boolean> {
  const time = timestamp(new Date(at).toISOString());
  try {
    await dryRun(ctx, { sql: `SELECT 1 FROM ${qualified(id)} FOR SYSTEM_TIME AS OF ${time}` });
    return true;
  } catch (error) {
    if (error instanceof WarehouseError && (error.is === 'refused' || error.is === 'missing')) return false;
    throw error;
  }
}

interface Reach {
  /** As far back as can be asked, ms since 1970. */
  readonly from: number;
  /** Whether another table had the name before. */
  readonly hadOther: boolean;
}

function pastsOf({ relation, object, created, modified, id }: Found, { from, hadOther }: Reach): readonly Past[] {
  const since = Math.max(created, from);
  const is: Past = {
    relation,
    id: object,
    created: iso(created),
    since: iso(since),
    until: null,
    written: iso(modified),
  };
  if (!hadOther) return [is];
  // One or several, of which the engine does not tell when they were made.
  const before: Past = {
    relation,
    id: objectId(`${id.dataset}.${id.table}@before ${created}`),
    created: iso(from),
    since: iso(from),
    until: iso(created),
    written: null,
  };
  return [is, before];
}

const iso = (ms: number): string => new Date(ms).toISOString();
