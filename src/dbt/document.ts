import { z } from 'zod';
import { fail } from '../domain/errors.ts';

/** dbt 1.8 to 1.12 write this version. */
const schemaVersion = 'v12';

/** Not looked into: a manifest has thousands of them, and dbt wrote what is inside. */
const anyRecord = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const text = z.string().nullish();
const lines = z.array(z.string()).nullish();
const list = z.array(z.unknown()).nullish();
const meta = anyRecord.nullish();
const dependsOn = z.object({ nodes: lines, macros: lines }).nullish();

// dbt leaves keys out, or writes null, where nothing was said. What that means is for whoever reads the document: a
// default here would cost as much again as the check of all the rest.
const column = z.object({
  name: z.string(),
  data_type: text,
  constraints: list,
  tags: lines,
  meta,
  description: text,
});

const node = z.object({
  unique_id: z.string(),
  name: z.string(),
  resource_type: z.string(),
  package_name: z.string(),
  original_file_path: z.string(),
  root_path: text,
  database: text,
  schema: text,
  alias: text,
  relation_name: text,
  checksum: z.object({ name: z.string(), checksum: z.string() }).nullish(),
  raw_code: text,
  config: anyRecord,
  columns: z.record(z.string(), column).nullish(),
  contract: z.object({ enforced: z.boolean().nullish() }).nullish(),
  constraints: list,
  tags: lines,
  meta,
  description: text,
  version: z.union([z.string(), z.number()]).nullish(),
  deprecation_date: text,
  depends_on: dependsOn,
  arguments: z.array(z.object({ name: text, data_type: text, default_value: z.unknown().optional() })).nullish(),
  returns: z.object({ data_type: text }).nullish(),
  index: z.number().nullish(),
  attached_node: text,
  test_metadata: z.unknown().optional(),
});

const source = z.object({
  unique_id: z.string(),
  name: z.string(),
  source_name: z.string(),
  database: text,
  schema: text,
  identifier: z.string(),
  freshness: z.object({ warn_after: threshold(), error_after: threshold() }).nullish().catch(null),
  loaded_at_field: text,
});

function threshold() {
  return z.object({ count: z.number().nullish() }).nullish();
}

const unitTest = z.object({
  unique_id: z.string(),
  name: z.string(),
  depends_on: dependsOn,
  config: anyRecord,
  given: z.unknown(),
  expect: z.unknown(),
  overrides: z.unknown(),
});

const macro = z.object({ unique_id: z.string(), macro_sql: z.string(), depends_on: dependsOn });

const document = z.object({
  metadata: z.object({
    dbt_schema_version: z.string(),
    dbt_version: z.string(),
    invocation_id: text,
    project_name: text,
    adapter_type: text,
    env: z.record(z.string(), z.string()).default({}),
  }),
  nodes: z.record(z.string(), node),
  sources: z.record(z.string(), source),
  macros: z.record(z.string(), macro),
  unit_tests: z.record(z.string(), unitTest).default({}),
  functions: z.record(z.string(), node).default({}),
});

export type Document = z.infer<typeof document>;
export type DocumentNode = z.infer<typeof node>;
export type DocumentColumn = z.infer<typeof column>;
export type DocumentUnitTest = z.infer<typeof unitTest>;

/** The JSON of a manifest, for those that write it again. Throws DBT_BROKEN. */
export function parseJson(raw: Uint8Array): Record<string, unknown> {
  try {
    return anyRecord.parse(JSON.parse(new TextDecoder().decode(raw)));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is no JSON object';
    return broken(`manifest.json is damaged: ${why}`, error);
  }
}

/** manifest.json, of any dbt that writes version 12; fields that nobody here asks for pass. Throws DBT_BROKEN. */
export function checkDocument(json: Record<string, unknown>): Document {
  const metadata = z.object({ metadata: z.object({ dbt_schema_version: z.string() }) }).safeParse(json);
  if (!metadata.success) return broken('manifest.json is damaged: it does not say which version it is', metadata.error);
  const found = /\/(v\d+)\.json$/.exec(metadata.data.metadata.dbt_schema_version)?.[1];
  if (found !== schemaVersion) {
    return broken(`manifest.json has version ${found ?? 'unknown'}, and lastgreen reads ${schemaVersion}`);
  }
  const parsed = document.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return broken(
    `manifest.json is not as dbt writes it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    parsed.error,
  );
}

const broken = (message: string, cause?: unknown): never =>
  fail('DBT_BROKEN', { doing: 'manifest', message }, { cause });
