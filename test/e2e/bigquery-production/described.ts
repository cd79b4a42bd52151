import type { Client } from '../../warehouses/bigquery/client.ts';

/** A name that readers use, as somebody sees it who does not ask what stands behind it. */
export interface Described {
  readonly rows: readonly string[];
  readonly description: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly columns: readonly { readonly name: string; readonly description: string | null }[];
  /** `roles/bigquery.dataViewer to user:ann@example.com`. */
  readonly grants: readonly string[];
}

/** Everything that datasets hold, by `dataset.name`; what lastgreen keeps beside it is left out. */
export async function described(
  { bigquery, ask }: Client,
  datasets: readonly string[],
): Promise<Readonly<Record<string, Described>>> {
  const all: Record<string, Described> = {};
  for (const dataset of datasets) {
    const [tables] = await bigquery.dataset(dataset).getTables();
    for (const { id = '' } of tables) {
      if (id.endsWith('__before_lastgreen')) continue;
      const table = bigquery.dataset(dataset).table(id);
      const [[{ description = null, labels = {}, schema }], [policy], rows] = await Promise.all([
        table.getMetadata(),
        table.getIamPolicy(),
        ask(`select to_json_string(t) as row from ${dataset}.${id} as t order by 1`),
      ]);
      all[`${dataset}.${id}`] = {
        rows: rows.map(({ row }) => String(row)),
        description,
        labels: Object.fromEntries(Object.entries<string>(labels).filter(([key]) => !key.startsWith('lastgreen_'))),
        columns: schema.fields.map((field: { name: string; description?: string }) => ({
          name: field.name,
          description: field.description ?? null,
        })),
        grants: (policy.bindings ?? [])
          .flatMap(({ role, members }) => (members ?? []).map((member) => `${role} to ${member}`))
          .toSorted(),
      };
    }
  }
  return all;
}
