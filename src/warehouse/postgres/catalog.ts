import { z } from 'zod';
import type { State } from '../../domain/change.ts';
import { objectId } from '../../domain/ids.ts';
import { isCallable } from '../../domain/kind.ts';
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
      function: z.array(z.string()).default([]),
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

/** A relation, or what functions have a name, as the engine has it. */
export interface Found extends CatalogRelation {
  /** pg_class.oid, pg_proc.oid: stays when it is moved or renamed. Of several functions: all of theirs. */
  readonly id: string;
  /** Also the functions that a table needs. */
  readonly reads: readonly Relation[];
}

/** What a project's function is; whatever else can be called (an aggregate, several of one name) does not move. */
export const isFunction = ({ kind }: Pick<Found, 'kind'>): boolean => kind === 'function';

/** What binds a view or a policy to something else: its text, with the names that things have now. */
export type Binding =
  | { readonly is: 'view'; readonly definition: string; readonly options: readonly string[] }
  | { readonly is: 'policy'; readonly name: string; readonly using: string | null; readonly check: string | null };

/** A tie as the cutover needs it. */
export interface Bound extends Tie {
  readonly to: Relation;
  /** Whether it is a function that it holds on to. */
  readonly calls: boolean;
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

/** Relations, then functions. Not `whole`: identity, kind, owner and what views read, of relations. */
export async function foundIn(
  ctx: Context,
  session: Session,
  scope: readonly Container[],
  { whole = true }: { readonly whole?: boolean } = {},
): Promise<readonly Found[]> {
  if (scope.length === 0) return [];
  await session.run(QUALIFIED);
  const schemas = [scopeOf(scope)];
  const relations = relationRows.parse(await session.run(await sqlFile('relations'), [...schemas, whole]));
  const functions = relationRows.parse(await session.run(await sqlFile('functions'), schemas));
  const calls = tieRows.parse(functions.length > 0 ? await session.run(await sqlFile('calls'), schemas) : []);
  const called = Map.groupBy(calls, (row) => JSON.stringify([row.by_schema, row.by_relation]));
  const at = named(ctx);
  return [...relations, ...functions].map(
    ({ schema, name, id, kind, definition, columns, reads, protection }): Found => ({
      relation: at(schema, name),
      id,
      kind,
      columns,
      definition,
      reads: [...reads, ...(called.get(JSON.stringify([schema, name])) ?? [])].map((read) =>
        at(read.schema, read.name),
      ),
      protection: protectionOf(protection),
    }),
  );
}

/** By name; a relation has its name to itself, whatever functions are called like it. */
export const byName = (found: readonly Found[]): ReadonlyMap<string, Found> =>
  new Map(found.toReversed().map((one) => [nameKey(one.relation), one]));

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
      ...p.function,
    ],
    keys: p.keys,
  };
}

export async function tiesIn(ctx: Context, session: Session, scope: readonly Container[]): Promise<readonly Bound[]> {
  if (scope.length === 0) return [];
  await session.run(QUALIFIED);
  const schemas = scopeOf(scope);
  const reads = tieRows.parse(await session.run(await sqlFile('ties'), [schemas]));
  const calls = tieRows
    .parse(await session.run(await sqlFile('calls'), [schemas]))
    .filter(({ schema }) => schemas === null || schemas.includes(schema));
  const at = named(ctx);
  return [...reads, ...calls].map((row, n): Bound => {
    const by = row.by_schema !== null && row.by_relation !== null ? at(row.by_schema, row.by_relation) : null;
    return {
      to: at(row.schema, row.name),
      calls: n >= reads.length,
      what: `${row.what} ${row.by_name ?? (by ? spoken(by) : '')}${row.lacks === null ? '' : ` (${row.lacks})`}`,
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
  const byKey = byName(found);
  const isOf = ({ to, calls }: Bound): boolean => isCallable(byKey.get(nameKey(to))?.kind ?? '') === calls;
  const byHeld = Map.groupBy(ties.filter(isOf), ({ to }) => nameKey(to));
  const find = (relation: Relation): Found | null => byKey.get(nameKey(relation)) ?? null;
  const state = (name: Name): State => {
    const id = isRelation(name) ? find(name)?.id : schemas.get(name.schema ?? '');
    return id === undefined ? { is: 'absent' } : { is: 'object', id: objectId(id) };
  };
  return {
    relations: [...byKey.values()].toReversed(),
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
