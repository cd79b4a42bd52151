import { z } from 'zod';
import type { TableId } from './places.ts';

/** A column as the API has it; nested ones have columns of their own (BigQuery documentation, "TableFieldSchema"). */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string | undefined;
  readonly description?: string | undefined;
  readonly policyTags?: { readonly names?: readonly string[] | undefined } | undefined;
  readonly fields?: readonly Field[] | undefined;
  readonly maxLength?: string | undefined;
  readonly precision?: string | undefined;
  readonly scale?: string | undefined;
  readonly rangeElementType?: { readonly type: string } | undefined;
}

export const field: z.ZodType<Field> = z.lazy(() =>
  z.looseObject({
    name: z.string(),
    type: z.string(),
    mode: z.string().optional(),
    description: z.string().optional(),
    policyTags: z.looseObject({ names: z.array(z.string()).optional() }).optional(),
    fields: z.array(field).optional(),
    maxLength: z.string().optional(),
    precision: z.string().optional(),
    scale: z.string().optional(),
    rangeElementType: z.looseObject({ type: z.string() }).optional(),
  }),
);

const labels = z.record(z.string(), z.string()).default({});
/** The API writes 64-bit numbers as text. */
const count = z.coerce.number();
const reference = z.object({ projectId: z.string(), datasetId: z.string(), tableId: z.string() }).transform(
  ({ projectId, datasetId, tableId }): TableId => ({
    project: projectId,
    dataset: datasetId,
    table: tableId,
  }),
);

/** BigQuery documentation, "REST Resource: tables". What is not named here is kept as it is. */
export const tableResource = z.looseObject({
  etag: z.string(),
  tableReference: reference,
  /** `TABLE`, `VIEW`, `MATERIALIZED_VIEW`, `EXTERNAL`, `SNAPSHOT`. */
  type: z.string(),
  /** ms since 1970. */
  creationTime: z.string(),
  lastModifiedTime: z.string().default('0'),
  numRows: count.optional(),
  numBytes: count.optional(),
  description: z.string().default(''),
  labels,
  schema: z.looseObject({ fields: z.array(field).default([]) }).default({ fields: [] }),
  view: z.looseObject({ query: z.string() }).optional(),
  expirationTime: z.string().optional(),
  cloneDefinition: z.looseObject({ baseTableReference: reference, cloneTime: z.string() }).optional(),
  snapshotDefinition: z.looseObject({ baseTableReference: reference, snapshotTime: z.string() }).optional(),
});

export type TableResource = z.infer<typeof tableResource>;

/** What `tables.list` tells of a table. */
export const listedTable = z.looseObject({
  tableReference: reference,
  type: z.string(),
  labels,
  creationTime: z.string().optional(),
});

export type ListedTable = z.infer<typeof listedTable>;

/** BigQuery documentation, "REST Resource: datasets". */
export const datasetResource = z.looseObject({
  etag: z.string(),
  datasetReference: z.object({ projectId: z.string(), datasetId: z.string() }),
  location: z.string(),
  creationTime: z.string(),
  lastModifiedTime: z.string().default('0'),
  description: z.string().default(''),
  labels,
  maxTimeTravelHours: z.coerce.number().default(168),
  access: z.array(z.record(z.string(), z.unknown())).default([]),
});

export type DatasetResource = z.infer<typeof datasetResource>;

/** BigQuery documentation, "Policy". */
export const iamPolicy = z.looseObject({
  etag: z.string().optional(),
  bindings: z
    .array(
      z.looseObject({ role: z.string(), members: z.array(z.string()).default([]), condition: z.unknown().optional() }),
    )
    .default([]),
});

export type IamPolicy = z.infer<typeof iamPolicy>;
