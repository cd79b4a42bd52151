import { z } from 'zod';
import type { State } from '../../domain/change.ts';
import { objectId } from '../../domain/ids.ts';
import { type Container, isRelation, type Name, nameKey, type Relation } from '../../domain/relation.ts';
import type { Catalog, CatalogRelation, Protection, Tie } from '../port.ts';
import { isControlled } from './claim.ts';
import type { Session } from './connect.ts';
import type { Context } from './context.ts';
import { scopeOf, spoken } from './dialect.ts';
import { sqlFile } from './sql.ts';

const relationRows = z.array(
  z.object({
    schema: z.string(),
    name: z.string(),
    id: z.string(),
    kind: z.string(),
    definition: z.string().nullable(),
    columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
    reads: z.array(z.object({ schema: z.string(), name: z.string() })),
    protection: z.object({
      owner: z.string(),
      grants: z.array(z.object({ what: z.string(), column: z.string().nullable() })),
      rowSecurity: z.boolean(),
      forced: z.boolean(),
      options: z.array(z.string()),
      policies: z.array(z.string()),
      keys: z.array(z.string()),
    }),
  }),
);

const tieRows = z.array(
  z.object({
    schema: z.string(),
    name: z.string(),
    what: z.string(),
    by_name: z.string().nullable(),
    by_schema: z.string().nullable(),
    by_relation: z.string().nullable(),
    by_id: z.string().nullable(),
    does: z.enum(['holds', 'follows', 'refers']),
    /** Why it holds what would follow whoever may change it. */
    lacks: z.string().nullable(),
    object: z.string().nullable(),
    binding: z
      .discriminatedUnion('is', [
        z.object({ is: z.literal('view'), definition: z.string(), options: z.array(z.string()) }),
        z.object({
          is: z.literal('policy'),
          name: z.string(),
          using: z.string().nullable(),
          check: z.string().nullable(),
        }),
      ])
      .nullable(),
  }),
);

const schemaRows = z.array(z.object({ name: z.string(), id: z.string() }));

/** A relation as the engine has it. */
export interface Found extends CatalogRelation {
  /** pg_class.oid: stays when it is moved or renamed. */
  readonly id: string;
  readonly reads: readonly Relation[];
}

/** What binds a view or a policy to something else: its text, with the names that things have now. */
export type Binding =
  | { readonly is: 'view'; readonly definition: string; readonly options: readonly string[] }
  | { readonly is: 'policy'; readonly name: string; readonly using: string | null; readonly check: string | null };

/** A tie as the cutover needs it. */
export interface Bound extends Tie {
  readonly to: Relation;
  /** Where the other end lies; null for what is in no schema of its own. */
  readonly schema: string | null;
  /** pg_class.oid of the relation at the other end. */
  readonly id: string | null;
  /** What the guard calls it; null for what it does not look for. */
  readonly object: string | null;
  /** null for what does not follow. */
  readonly binding: Binding | null;
}

/** A foreign key of another relation. */
export const isKey = ({ object }: Bound): boolean => object?.startsWith('key ') === true;

/** One read of the schemas, and of what holds on to what is in them. */
export const readCatalog = (ctx: Context, scope: readonly Container[]): Promise<Catalog> =>
  ctx.open.with('catalog', async (session) => {
    const [found, ties, following, schemas] = [
      await foundIn(ctx, session, scope),
      await tiesIn(ctx, session, scope),
      await followingSchemas(ctx, session),
      schemaRows.parse(await session.run('select nspname::text as name, oid::text as id from pg_namespace')),
    ];
    const holding = ties.filter(({ schema }) => schema === null || !following.has(schema));
    return catalogOf(found, holding, new Map(schemas.map(({ name, id }) => [name, id])));
  });

/** Unqualified names in the engine's texts would depend on the search path of whoever reads them. */
const QUALIFIED = "set search_path to ''";

export async function foundIn(ctx: Context, session: Session, scope: readonly Container[]): Promise<readonly Found[]> {
  if (scope.length === 0) return [];
  await session.run(QUALIFIED);
  const rows = relationRows.parse(await session.run(await sqlFile('relations'), [scopeOf(scope)]));
  const at = named(ctx);
  return rows.map(
    ({ schema, name, id, kind, definition, columns, reads, protection }): Found => ({
      relation: at(schema, name),
      id,
      kind,
      columns,
      definition,
      reads: reads.map((read) => at(read.schema, read.name)),
      protection: protectionOf(protection),
    }),
  );
}

const named =
  ({ database }: Context) =>
  (schema: string, name: string): Relation => ({ location: '', database, schema, identifier: name });

function protectionOf(p: z.infer<typeof relationRows>[number]['protection']): Protection {
  return {
    owner: p.owner,
    grants: p.grants,
    rules: [
      ...(p.rowSecurity ? ['row security'] : []),
      ...(p.forced ? ['row security, for the owner too'] : []),
      ...p.options.filter((option) => option.startsWith('security_')),
      ...p.policies.map((policy) => `policy ${policy}`),
    ],
    keys: p.keys,
  };
}

export async function tiesIn(ctx: Context, session: Session, scope: readonly Container[]): Promise<readonly Bound[]> {
  if (scope.length === 0) return [];
  await session.run(QUALIFIED);
  const rows = tieRows.parse(await session.run(await sqlFile('ties'), [scopeOf(scope)]));
  const at = named(ctx);
  return rows.map((row): Bound => {
    const by = row.by_schema !== null && row.by_relation !== null ? at(row.by_schema, row.by_relation) : null;
    return {
      to: at(row.schema, row.name),
      what: `${row.what} ${by ? spoken(by) : (row.by_name ?? '')}${row.lacks === null ? '' : ` (${row.lacks})`}`,
      by,
      schema: row.by_schema,
      does: row.does,
      id: row.by_id,
      object: row.object,
      binding: row.binding,
    };
  });
}

/**
 * Schemas of what left live, and of what is built: what is in them follows what it reads, wherever that goes, and holds
 * nobody up.
 */
export async function followingSchemas(ctx: Context, session: Session): Promise<ReadonlySet<string>> {
  if (!(await isControlled(session))) return new Set();
  const rows = await session.run(
    `select schema_name from lastgreen.kept where environment = $1
     union select schema_name from lastgreen.idle where environment = $1`,
    [ctx.environment],
  );
  return new Set(rows.map((row) => String(row['schema_name'])));
}

function catalogOf(found: readonly Found[], ties: readonly Bound[], schemas: ReadonlyMap<string, string>): Catalog {
  const byKey = new Map(found.map((one) => [nameKey(one.relation), one]));
  const byHeld = Map.groupBy(ties, ({ to }) => nameKey(to));
  const find = (relation: Relation): Found | null => byKey.get(nameKey(relation)) ?? null;
  const state = (name: Name): State => {
    const id = isRelation(name) ? find(name)?.id : schemas.get(name.schema ?? '');
    return id === undefined ? { is: 'absent' } : { is: 'object', id: objectId(id) };
  };
  return {
    relations: found,
    find,
    state,
    pointsTo: () => null,
    readsOf: (view) => find(view)?.reads ?? 'unreadable',
    tiesOf: (relation) => byHeld.get(nameKey(relation)) ?? [],
  };
}

/** Whatever reads another comes before it. */
export function inReadingOrder(found: readonly Found[]): readonly Found[] {
  const left = new Map(found.map((one) => [nameKey(one.relation), one]));
  const ordered: Found[] = [];
  const visit = (one: Found): void => {
    if (!left.delete(nameKey(one.relation))) return;
    for (const read of one.reads) {
      const next = left.get(nameKey(read));
      if (next) visit(next);
    }
    ordered.push(one);
  };
  for (const one of found) visit(one);
  return ordered.toReversed();
}
