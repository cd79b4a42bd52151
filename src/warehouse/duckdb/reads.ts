import { type DuckDBConnection, DuckDBListValue, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { z } from 'zod';
import type { Relation } from '../../domain/relation.ts';
import type { Found, Reads } from './found.ts';

/** A name as a query says it; empty parts where it does not say them. */
interface Said {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
}

const serialised = z.object({ error: z.boolean(), statements: z.array(z.unknown()).optional() });

/** The names that texts of queries say, in whatever file they are; null: it reads a name that nobody knows before it runs. */
export type Sayings = Map<string, readonly Said[] | null>;

/** What each view and macro reads, from DuckDB's own parser (documentation, "JSON Creation Functions", json_serialize_sql). */
export async function queriesRead(
  connection: DuckDBConnection,
  found: readonly Found[],
  sayings: Sayings = new Map(),
): Promise<readonly (readonly [Found, Reads])[]> {
  const known = new Map(found.map((one) => [keyOf(one.relation.schema, one.relation.identifier), one]));
  const asked = found.flatMap((one) => {
    const query = queryOf(one);
    return query === null ? [] : [{ one, query }];
  });
  await learn(connection, [...new Set(asked.map(({ query }) => query))], sayings);
  return asked.map(({ one, query }) => [one, readsOf(sayings.get(query) ?? null, one, known)]);
}

const keyOf = (schema: string, name: string): string => JSON.stringify([schema.toLowerCase(), name.toLowerCase()]);

/** As a query that the parser takes; an overloaded macro is one text of several, which is `unreadable`. */
function queryOf({ kind, definition, text }: Found): string | null {
  if (definition !== null) return definition;
  const body = text.replace(/^\([^)]*\) AS (TABLE )?/, '');
  if (kind === 'macro') return `SELECT ${body}`;
  return kind === 'table macro' ? body : null;
}

/** All texts that are new in one statement: a project has hundreds of views, and a statement takes milliseconds. */
async function learn(connection: DuckDBConnection, queries: readonly string[], sayings: Sayings): Promise<void> {
  const unknown = queries.filter((query) => !sayings.has(query));
  if (unknown.length === 0) return;
  const listed = `SELECT list_transform($queries::VARCHAR[], lambda query: json_serialize_sql(query)::VARCHAR) AS trees`;
  const result = await connection.runAndReadAll(listed, { queries: listValue(unknown) }, { queries: LIST(VARCHAR) });
  const trees = result.getRows()[0]?.[0];
  if (!(trees instanceof DuckDBListValue)) return;
  for (const [n, query] of unknown.entries()) {
    const said: Said[] = [];
    const tree = treeOf(trees.items[n]);
    sayings.set(query, tree !== null && collect(tree, new Set(), said) ? said : null);
  }
}

function readsOf(said: readonly Said[] | null, from: Found, known: ReadonlyMap<string, Found>): Reads {
  if (said === null) return 'unreadable';
  const relations = said.flatMap((one) => resolve(one, from, known));
  return [...new Map(relations.map((one) => [JSON.stringify(one), one])).values()];
}

function treeOf(text: unknown): unknown {
  if (typeof text !== 'string') return null;
  const parsed = serialised.safeParse(JSON.parse(text));
  return parsed.success && !parsed.data.error ? parsed.data.statements : null;
}

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Walks a parse tree; false when it reads a name that is only known when it runs. */
function collect(value: unknown, ctes: ReadonlySet<string>, said: Said[]): boolean {
  if (Array.isArray(value)) return value.every((one) => collect(one, ctes, said));
  if (!isNode(value)) return true;
  if (value['type'] === 'BASE_TABLE') sayTable(value, ctes, said);
  if (value['type'] === 'FUNCTION' && !sayFunction(value, said)) return false;
  const own = value['type'] === 'RECURSIVE_CTE_NODE' ? withName(ctes, textOf(value['cte_name'])) : ctes;
  const inner = collectCtes(value['cte_map'], own, said);
  if (inner === null) return false;
  return Object.entries(value).every(([key, child]) => key === 'cte_map' || collect(child, inner, said));
}

const withName = (names: ReadonlySet<string>, name: string): ReadonlySet<string> =>
  new Set([...names, name.toLowerCase()]);

/** A CTE sees those before it; the query sees all. */
function collectCtes(map: unknown, outer: ReadonlySet<string>, said: Said[]): ReadonlySet<string> | null {
  const entries = isNode(map) && Array.isArray(map['map']) ? map['map'].filter(isNode) : [];
  let names = outer;
  for (const entry of entries) {
    if (!collect(entry['value'], names, said)) return null;
    names = withName(names, textOf(entry['key']));
  }
  return names;
}

function sayTable(node: Node, ctes: ReadonlySet<string>, said: Said[]): void {
  const one = {
    database: textOf(node['catalog_name']),
    schema: textOf(node['schema_name']),
    name: textOf(node['table_name']),
  };
  if (one.schema === '' && one.database === '' && ctes.has(one.name.toLowerCase())) return;
  said.push(one);
}

/** A function may be a macro of the file; `query` and `query_table` read what their arguments say. */
function sayFunction(node: Node, said: Said[]): boolean {
  const name = textOf(node['function_name']);
  if (name === 'query' || name === 'query_table') return false;
  if (name !== '') said.push({ database: textOf(node['catalog']), schema: textOf(node['schema']), name: `${name}()` });
  return true;
}

/** In the view's own schema first, then in `main`; `a.b` is a schema's or an attached database's. */
function resolve(said: Said, from: Found, known: ReadonlyMap<string, Found>): readonly Relation[] {
  const isFunction = said.name.endsWith('()');
  const name = isFunction ? said.name.slice(0, -2) : said.name;
  const { database } = from.relation;
  const here = said.database === '' || said.database.toLowerCase() === database.toLowerCase();
  const schemas = said.schema === '' ? [from.relation.schema, 'main'] : [said.schema];
  const hit = here
    ? schemas.map((schema) => known.get(keyOf(schema, name))).find((one) => one !== undefined)
    : undefined;
  if (isFunction) return hit !== undefined && hit.kind.endsWith('macro') ? [hit.relation] : [];
  if (hit !== undefined) return [hit.relation];
  if (here && said.schema.toLowerCase() === database.toLowerCase())
    return resolve({ database, schema: 'main', name }, from, known);
  if (here) return [{ ...from.relation, schema: schemas[0] ?? 'main', identifier: name }];
  return [
    { location: '', database: said.database, schema: said.schema === '' ? 'main' : said.schema, identifier: name },
  ];
}
