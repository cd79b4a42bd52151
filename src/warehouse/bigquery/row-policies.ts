import { z } from 'zod';
import type { Context } from './context.ts';
import { identifier, literal, qualified } from './dialect.ts';
import type { TableId } from './places.ts';
import { iamPolicy } from './resources.ts';
import { listed } from './tables.ts';

/** Who sees which rows of a table; whoever none of a table's policies names sees none ("Row-level security"). */
export interface RowPolicy {
  readonly name: string;
  readonly predicate: string;
  /** `user:ann@example.com`; in the order of their names. */
  readonly grantees: readonly string[];
}

/** BigQuery documentation, "REST Resource: rowAccessPolicies". */
const resource = z.looseObject({
  rowAccessPolicyReference: z.looseObject({ policyId: z.string() }),
  filterPredicate: z.string(),
  grantees: z.array(z.string()).optional(),
});

/** In the order of their names. Throws `denied` to whoever may not see them. */
export async function rowPoliciesOf(ctx: Context, id: TableId): Promise<readonly RowPolicy[]> {
  const path = `/datasets/${id.dataset}/tables/${id.table}/rowAccessPolicies`;
  const found = await listed(ctx.client, { path, project: id.project }, 'rowAccessPolicies', resource);
  const policies = await Promise.all(
    found.map(async ({ rowAccessPolicyReference: { policyId: name }, filterPredicate, grantees }) => ({
      name,
      predicate: filterPredicate,
      grantees: (grantees ?? (await granteesOf(ctx, id.project, `${path}/${name}`))).toSorted(),
    })),
  );
  return policies.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whom a policy names is who has the role of seeing what it lets through ("Method: rowAccessPolicies.getIamPolicy"). */
async function granteesOf({ client }: Context, project: string, path: string): Promise<readonly string[]> {
  const body = await client.call({ method: 'POST', path: `${path}:getIamPolicy`, project, body: {}, repeatable: true });
  return iamPolicy
    .parse(body)
    .bindings.filter(({ role }) => role === 'roles/bigquery.filteredDataViewer')
    .flatMap(({ members }) => members);
}

/** Documentation, "CREATE ROW ACCESS POLICY statement". */
export const createRowPolicy = (on: TableId, { name, predicate, grantees }: RowPolicy): string =>
  `CREATE OR REPLACE ROW ACCESS POLICY ${identifier(name)} ON ${qualified(on)}${
    grantees.length === 0 ? '' : ` GRANT TO (${grantees.map(literal).join(', ')})`
  } FILTER USING (${predicate})`;

/** Documentation, "DROP ROW ACCESS POLICY statement". */
export const dropRowPolicy = (on: TableId, { name }: RowPolicy): string =>
  `DROP ROW ACCESS POLICY IF EXISTS ${identifier(name)} ON ${qualified(on)}`;

export const sameRowPolicy = (a: RowPolicy, b: RowPolicy): boolean =>
  a.name === b.name && a.predicate === b.predicate && a.grantees.join() === b.grantees.join();
