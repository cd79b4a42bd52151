import pMap from 'p-map';
import { z } from 'zod';
import { objectId } from '../../domain/ids.ts';
import type { Past } from '../../domain/past.ts';
import { type Container, contains, nameKey } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { behindIt } from './catalog.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { readRing } from './control.ts';
import type { Dataset } from './datasets.ts';
import { qualified, timestamp } from './dialect.ts';
import type { Found } from './found.ts';
import { objectOf, placedIn } from './found.ts';
import type { TableId } from './places.ts';
import { followed } from './pointers.ts';
import { dryRun, runRows } from './queries.ts';
import { sqlOfRegion } from './sql.ts';

const clock = z.tuple([z.object({ now: z.coerce.number() })]);

/**
 * The tables of some containers, with what had their names at a time, as far back as their datasets keep it: a time is one of a
 * name, whatever table it was (documentation, "Data retention with time travel and fail-safe"). `at`: ISO.
 */
export async function past(ctx: Context, scope: readonly Container[], at: string): Promise<readonly Past[]> {
  if (scope.length === 0) return [];
  const [{ now }] = clock.parse(
    await runRows(ctx, { sql: 'SELECT UNIX_MILLIS(CURRENT_TIMESTAMP()) AS now', step: 'past' }),
  );
  const { live } = await readRing(ctx);
  const { found, datasets } = await followed(ctx, scope, { bare: true, live });
  const reach = new Map(datasets.map((one) => [keyOf(one), now - one.travelMs]));
  const from = (one: Pick<Dataset, 'project' | 'dataset'>): number => reach.get(keyOf(one)) ?? now;
  const tables = found.filter(
    ({ relation, kind }) => kind === 'table' && scope.some((container) => contains(container, relation)),
  );
  const wanted = Date.parse(at);
  const there = await pMap(
    tables,
    async (one) => {
      const is = behindIt(one);
      const other = is.created > wanted && wanted >= from(is.id) && (await wasThere(ctx, is.id, wanted));
      return pastsOf({ ...is, relation: one.relation }, { from: from(is.id), other: other ? wanted : null });
    },
    { concurrency: IN_FLIGHT },
  );
  const asked = datasets.filter((dataset) => scope.some((container) => contains(container, placedIn(dataset, ''))));
  // Of what was dropped only the name tells, and another one may have it by now ("Restore deleted tables").
  const names = new Set(there.flat().map(({ relation }) => nameKey(relation)));
  const gone = (await dropped(ctx, asked, from)).filter(({ relation }) => !names.has(nameKey(relation)));
  return [...there.flat(), ...gone];
}

const keyOf = ({ project, dataset }: Pick<Dataset, 'project' | 'dataset'>): string =>
  JSON.stringify([project, dataset]);

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
  /** When another table had the name, ms since 1970; null: none had it at the time that matters. */
  readonly other: number | null;
}

function pastsOf({ relation, object, created, modified, id }: Found, { from, other }: Reach): readonly Past[] {
  const is: Past = {
    relation,
    id: object,
    created: iso(created),
    since: iso(Math.max(created, from)),
    until: null,
    written: iso(modified),
  };
  if (other === null) return [is];
  // The engine does not tell since when it was there.
  const before: Past = {
    relation,
    id: objectId(`${id.dataset}.${id.table}@before ${created}`),
    created: iso(other),
    since: iso(other),
    until: iso(created),
    written: null,
  };
  return [is, before];
}

const droppedRows = z.array(
  z.object({
    table_schema: z.string(),
    table_name: z.string(),
    created: z.coerce.number(),
    dropped: z.coerce.number(),
    modified: z.coerce.number().nullable(),
  }),
);

/** Tables whose names may be free by now. Who may not ask is told of none. */
async function dropped(
  ctx: Context,
  datasets: readonly Dataset[],
  from: (dataset: Dataset) => number,
): Promise<readonly Past[]> {
  const { project } = ctx.places;
  const own = datasets.filter((one) => one.project === project);
  if (own.length === 0) return [];
  const sql = await sqlOfRegion('dropped', project, await ctx.location());
  const parameters = { datasets: own.map(({ dataset }) => dataset) };
  const rows = droppedRows.parse(
    await runRows(ctx, { sql, parameters, step: 'dropped' }).catch((error: unknown) => {
      if (error instanceof WarehouseError && error.is === 'denied') return [];
      throw error;
    }),
  );
  return rows.flatMap(({ table_schema, table_name, created, dropped: until, modified }): readonly Past[] =>
    own
      .filter(({ dataset }) => dataset === table_schema)
      .map((dataset) => ({
        relation: placedIn(dataset, table_name),
        id: objectOf({ dataset: table_schema, table: table_name }, created),
        created: iso(created),
        since: iso(Math.max(created, from(dataset))),
        until: iso(until),
        written: modified === null ? null : iso(modified),
      })),
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();
