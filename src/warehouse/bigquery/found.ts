import { z } from 'zod';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import { nameKey, type Relation } from '../../domain/relation.ts';
import type { CatalogOptions, CatalogRelation, Column } from '../port.ts';
import type { Context } from './context.ts';
import type { Dataset } from './datasets.ts';
import type { TableId } from './places.ts';
import { runRows } from './queries.ts';
import { type DatasetId, sqlOf } from './sql.ts';

/** A table, view or routine as the engine has it. */
export interface Found extends CatalogRelation {
  readonly id: TableId;
  /** Another one where it was made anew. */
  readonly object: ObjectId;
  /** ms since 1970. */
  readonly created: number;
  readonly modified: number;
  readonly rows: number;
  readonly bytes: number;
  /** What it is a clone or a snapshot of, as that was then; its name may mean something else by now. */
  readonly base: (TableId & { readonly at: number }) | null;
  /** What a view, a materialized view or a function is made of; null: it is none, or nobody may see it. */
  readonly text: string | null;
  /** The statement that makes what is neither a table nor a view. */
  readonly ddl: string | null;
  readonly tags: readonly PolicyTag[];
}

/** What keeps a column from readers who may not see what has the tag. */
export interface PolicyTag {
  /** With the columns around it: `address.street`. */
  readonly column: string;
  /** `projects/shop/locations/eu/taxonomies/1/policyTags/2`. */
  readonly tag: string;
}

const text = z.string().nullable();
// Scalars come as text.
const number = z.coerce.number();

const relationRows = z.array(
  z.object({
    table_schema: z.string(),
    table_name: z.string(),
    table_type: z.string(),
    created: number,
    modified: number,
    row_count: number.nullable(),
    size_bytes: number.nullable(),
    base_table_catalog: text,
    base_table_schema: text,
    base_table_name: text,
    base_time: number.nullable(),
    text,
    ddl: text,
  }),
);
type RelationRow = z.infer<typeof relationRows>[number];

const routineRows = z.array(
  z.object({
    routine_schema: z.string(),
    routine_name: z.string(),
    routine_type: z.string(),
    external_language: text,
    created: number,
    modified: number,
    text,
    ddl: text,
  }),
);
type RoutineRow = z.infer<typeof routineRows>[number];

const columnRows = z.array(
  z.object({
    table_schema: z.string(),
    table_name: z.string(),
    column_name: z.string(),
    field_path: z.string(),
    data_type: z.string(),
    is_nullable: z.string(),
    ordinal_position: number,
    policy_tags: text,
  }),
);
type ColumnRow = z.infer<typeof columnRows>[number];

/** What is in some datasets of one project or several, without who may do what with it; a few questions a project. */
export async function foundIn(
  ctx: Context,
  datasets: readonly Dataset[],
  o: CatalogOptions = {},
): Promise<readonly Found[]> {
  const found = await Promise.all(
    [...Map.groupBy(datasets, ({ project }) => project).values()].map((some) => foundInProject(ctx, some, o)),
  );
  return found.flat();
}

async function foundInProject(
  ctx: Context,
  datasets: readonly Dataset[],
  { bare = false }: CatalogOptions,
): Promise<readonly Found[]> {
  const ids = [...new Map(datasets.map(({ project, dataset }) => [dataset, { project, dataset }])).values()];
  const ask = async (name: Parameters<typeof sqlOf>[0]) => asked(ctx, name, ids);
  const [relations, routines, columns] = await Promise.all([
    ask('relations').then((rows) => relationRows.parse(rows)),
    ask('routines').then((rows) => routineRows.parse(rows)),
    bare ? [] : ask('columns').then((rows) => columnRows.parse(rows)),
  ]);
  const ofTable = Map.groupBy(columns, (row) => JSON.stringify([row.table_schema, row.table_name]));
  return datasets.flatMap((dataset) => [
    ...relations
      .filter((row) => row.table_schema === dataset.dataset)
      .map((row) => relationOf(dataset, row, ofTable.get(JSON.stringify([row.table_schema, row.table_name])) ?? [])),
    ...routines.filter((row) => row.routine_schema === dataset.dataset).map((row) => routineOf(dataset, row)),
  ]);
}

/** So many datasets are asked about at once: what one query names is limited ("Quotas and limits", "Query jobs"). */
const AT_ONCE = 100;

async function asked(
  ctx: Context,
  name: Parameters<typeof sqlOf>[0],
  datasets: readonly DatasetId[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (let from = 0; from < datasets.length; from += AT_ONCE) {
    const sql = await sqlOf(name, datasets.slice(from, from + AT_ONCE));
    rows.push(...(await runRows(ctx, { sql, step: `catalog_${name}` })));
  }
  return rows;
}

const kinds: Readonly<Record<string, string>> = { 'BASE TABLE': 'table', CLONE: 'table' };

function relationOf(dataset: Dataset, row: RelationRow, columns: readonly ColumnRow[]): Found {
  const id = { project: dataset.project, dataset: dataset.dataset, table: row.table_name };
  const kind = kinds[row.table_type] ?? row.table_type.toLowerCase();
  const { base_table_catalog: project, base_table_schema: schema, base_table_name: table, base_time: at } = row;
  return {
    relation: placedIn(dataset, row.table_name),
    kind,
    columns: columns
      .filter(({ column_name, field_path }) => column_name === field_path)
      .toSorted((a, b) => a.ordinal_position - b.ordinal_position)
      .map(columnOf),
    definition: kind === 'view' ? row.text : null,
    protection: null,
    id,
    object: objectOf(id, row.created),
    created: row.created,
    modified: row.modified,
    rows: row.row_count ?? 0,
    bytes: row.size_bytes ?? 0,
    base: project && schema && table ? { project, dataset: schema, table, at: at ?? 0 } : null,
    text: kind === 'materialized view' ? row.ddl : row.text,
    ddl: row.ddl,
    tags: columns.flatMap(({ field_path, policy_tags }) =>
      tagsIn(policy_tags).map((tag) => ({ column: field_path, tag })),
    ),
  };
}

function routineOf(dataset: Dataset, row: RoutineRow): Found {
  const id = { project: dataset.project, dataset: dataset.dataset, table: row.routine_name };
  const isSql = row.external_language === null || row.external_language.toUpperCase() === 'SQL';
  return {
    relation: placedIn(dataset, row.routine_name),
    kind: row.routine_type.toLowerCase(),
    columns: [],
    definition: null,
    protection: null,
    id,
    object: objectOf(id, row.created),
    created: row.created,
    modified: row.modified,
    rows: 0,
    bytes: 0,
    base: null,
    // What is written in another language reads nothing.
    text: isSql ? row.text : '',
    ddl: row.ddl,
    tags: [],
  };
}

export const placedIn = ({ location, project, schema }: Dataset, identifier: string): Relation => ({
  location,
  database: project,
  schema,
  identifier,
});

/** A table that is made anew has another time of creation, also under the same name. */
export const objectOf = ({ dataset, table }: Pick<TableId, 'dataset' | 'table'>, created: number): ObjectId =>
  objectId(`${dataset}.${table}@${created}`);

const columnOf = ({ column_name: name, data_type: type, is_nullable }: ColumnRow): Column => ({
  name,
  type,
  nullable: is_nullable !== 'NO',
});

const tagNames = z.array(z.string()).nullable();

const tagsIn = (json: string | null): readonly string[] =>
  json === null ? [] : (tagNames.parse(JSON.parse(json)) ?? []);

/** By their names, each once. */
export const byName = (found: readonly Found[]): ReadonlyMap<string, Found> =>
  new Map(found.map((one) => [nameKey(one.relation), one]));
