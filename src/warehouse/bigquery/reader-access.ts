import pMap from 'p-map';
import type { Lack } from '../../domain/lack.ts';
import { contains, inContainer, nameKey } from '../../domain/relation.ts';
import { type Reading, WarehouseError } from '../port.ts';
import { type Access, listLetsIn, mayView, policyLetsIn, unauthorised } from './access-list.ts';
import { missingAccess } from './authorise.ts';
import { type BigqueryCatalog, readCatalog } from './catalog.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { datasetName, literal } from './dialect.ts';
import { ifThere } from './errors.ts';
import { authorising } from './lacks.ts';
import { datasetOf, relationOf, sideContainer, type TableId, tableId } from './places.ts';
import { getDataset, getPolicy } from './tables.ts';

/**
 * What would keep readers from what a slot is to show them: a slot that does not let in the views that they use, a source that
 * lets in those and not the slot's, and somebody who is listed and has no right.
 */
export async function readerAccess(ctx: Context, reading: Reading): Promise<readonly Lack[]> {
  const catalog = await readCatalog(ctx, reading.from, { bare: true });
  const sources = await sourcesOf(ctx, catalog, reading);
  const listed = await pMap(reading.readers, (reader) => lacksOfReader(ctx, reader, { reading, sources }), {
    concurrency: IN_FLIGHT,
  });
  return [
    ...(await slotLacks(ctx, reading)),
    ...sources.flatMap((source) => sourceLacks(ctx, source)),
    ...listed.flat(),
  ];
}

/** Every seal authorises the slot: whatever is missing was taken away since. */
async function slotLacks(ctx: Context, { from }: Reading): Promise<readonly Lack[]> {
  const { places } = ctx;
  const missing = await missingAccess(ctx);
  return missing.flatMap(([dataset, by]): readonly Lack[] => {
    const { location } = relationOf(places, { project: places.project, dataset, table: '' });
    if (!from.some((side) => side.location === location)) return [];
    return [
      {
        severity: 'bad',
        what: `views of ${by} may not read ${dataset} for readers who may not themselves`,
        next: authorising([by], `${places.project}.${dataset}`),
      },
    ];
  });
}

/** Something that lies on no side, with the views of the slot that read it. */
interface Source {
  readonly project: string;
  readonly dataset: string;
  /** null: it may not be looked at. */
  readonly access: Access | null;
  readonly reads: readonly Read[];
}

interface Read {
  /** In the slot, and under the name that readers use. */
  readonly view: TableId;
  readonly shown: TableId;
  readonly name: string;
  readonly table: TableId;
}

async function sourcesOf(ctx: Context, catalog: BigqueryCatalog, { from }: Reading): Promise<readonly Source[]> {
  const { places, client } = ctx;
  const live = sideContainer(places, places.serving);
  const reads = catalog.relations
    .filter(({ relation, definition }) => definition !== null && from.some((side) => contains(side, relation)))
    .flatMap(({ relation }): readonly Read[] => {
      const read = catalog.readsOf(relation);
      // What cannot be read is for the gate that asks what is read.
      return (read === 'unreadable' ? [] : read)
        .filter(({ location }) => location !== relation.location)
        .map((one) => ({
          view: tableId(places, relation),
          shown: tableId(places, inContainer(relation, live)),
          name: nameKey(inContainer(relation, live)),
          table: tableId(places, one),
        }));
    });
  const groups = Map.groupBy(reads, ({ table }) => `${table.project}.${table.dataset}`);
  return pMap(
    groups.values(),
    async (some) => {
      const { project = '', dataset = '' } = some[0]?.table ?? {};
      return { project, dataset, reads: some, access: await accessOf(client, project, dataset) };
    },
    { concurrency: IN_FLIGHT },
  );
}

async function accessOf(client: Context['client'], project: string, dataset: string): Promise<Access | null> {
  try {
    return (await getDataset(client, project, dataset))?.access ?? null;
  } catch (error) {
    if (error instanceof WarehouseError && error.is === 'denied') return null;
    throw error;
  }
}

/** Views that readers use were let in, and what stands behind them now is not: whoever relied on that would be refused. */
function sourceLacks(ctx: Context, { project, dataset, access, reads }: Source): readonly Lack[] {
  const name = `${project}.${dataset}`;
  if (access === null) return [];
  const lost = reads.filter(({ view, shown }) => mayView(access, shown) && !mayView(access, view));
  const [first] = lost;
  if (first === undefined) return [];
  const what = [...new Set(lost.map(({ shown }) => `${shown.dataset}.${shown.table}`))].toSorted();
  return [
    {
      severity: 'bad',
      what: `readers of ${named(what)} would be refused: ${name} lets in views of ${first.shown.dataset}, and not those of ${first.view.dataset}, which stand behind them`,
      next: authorising(slotsFor(ctx, access, lost), name),
    },
  ];
}

/** Of every slot: the next release is built in another. */
const slotsFor = ({ places }: Context, access: Access, reads: readonly Read[]): readonly string[] => {
  const all = reads.flatMap(({ view }) => {
    const relation = relationOf(places, view);
    return places.slots.map((location) => datasetOf(places, { ...relation, location }));
  });
  return unauthorised(access, places.project, [...new Set(all)]);
};

async function lacksOfReader(
  ctx: Context,
  reader: string,
  { reading, sources }: { readonly reading: Reading; readonly sources: readonly Source[] },
): Promise<readonly Lack[]> {
  const { client, places } = ctx;
  const names = new Set(reading.names.map(nameKey));
  const [slot] = reading.from;
  const used = Map.groupBy(
    // Whoever may use what stands behind a view is let in to the view.
    reading.names.map((name) => ({
      ...tableId(places, name),
      behind: slot ? [tableId(places, inContainer(name, { ...slot, schema: null }))] : [],
    })),
    ({ dataset }) => dataset,
  );
  const onNames = await pMap(
    used,
    async ([dataset, tables]): Promise<readonly Lack[]> => {
      const access = (await getDataset(client, places.project, dataset))?.access ?? [];
      if (listLetsIn(access, reader)) return [];
      const shut = await shutOut(ctx, reader, tables);
      return shut.length === 0 ? [] : [noRight(reader, shut, { project: places.project, dataset })];
    },
    { concurrency: IN_FLIGHT },
  );
  const onSources = await pMap(
    sources,
    async ({ project, dataset, access, reads }): Promise<readonly Lack[]> => {
      // Views that were let in are told for everybody.
      const own = reads.filter(
        ({ name, view, shown }) =>
          names.has(name) && access !== null && !mayView(access, view) && !mayView(access, shown),
      );
      if (access === null || own.length === 0 || listLetsIn(access, reader)) return [];
      const shut = await shutOut(
        ctx,
        reader,
        own.map(({ table }) => table),
      );
      if (shut.length === 0) return [];
      const by = [...new Set(own.map(({ shown }) => `${shown.dataset}.${shown.table}`))].toSorted();
      return [
        {
          severity: 'bad',
          what: `${reader} may not read ${project}.${dataset}, which ${named(by)} ${by.length === 1 ? 'reads' : 'read'}`,
          next: authorising(slotsFor(ctx, access, own), `${project}.${dataset}`),
        },
      ];
    },
    { concurrency: IN_FLIGHT },
  );
  return [...onNames.flat(), ...onSources.flat()];
}

/** Those of some tables and views on which somebody has no right of their own. What is not there yet nobody has. */
async function shutOut(
  { client }: Context,
  reader: string,
  tables: readonly (TableId & { readonly behind?: readonly TableId[] })[],
): Promise<readonly TableId[]> {
  const found = await pMap(
    tables,
    async ({ behind = [], ...id }) => {
      const policies = await Promise.all([id, ...behind].map((one) => ifThere(getPolicy(client, one))));
      return policies.some((policy) => policy !== null && policyLetsIn(policy, reader)) ? [] : [id];
    },
    { concurrency: IN_FLIGHT },
  );
  return found.flat();
}

const noRight = (
  reader: string,
  shut: readonly TableId[],
  { project, dataset }: { readonly project: string; readonly dataset: string },
): Lack => ({
  severity: 'bad',
  what: `${reader} may not read ${named(shut.map((id) => `${id.dataset}.${id.table}`).toSorted())}`,
  next: `GRANT \`roles/bigquery.dataViewer\` ON SCHEMA ${datasetName(project, dataset)} TO ${literal(reader)};`,
});

const named = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
