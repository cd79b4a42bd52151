import { z } from 'zod';
import { nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import type { Session } from './connect.ts';
import { identifier, literal, qualified, spokenName } from './dialect.ts';
import { codeOf } from './errors.ts';

/** A policy on a relation, or on one column of it. */
export interface Policy {
  readonly kind: (typeof kinds)[number]['kind'];
  /** With its database and schema. */
  readonly name: readonly string[];
  /** null: on the whole relation. */
  readonly column: string | null;
  /** Those that it is asked with; of a masking policy besides its own column. */
  readonly columns: readonly string[];
  /** The tag that brings it along. */
  readonly tag: readonly string[] | null;
}

/** Those that keep rows or columns from readers (documentation, "POLICY_REFERENCES"). */
const kinds = [
  { kind: 'masking policy', plural: 'masking policies' },
  { kind: 'row access policy', plural: 'row access policies' },
  { kind: 'aggregation policy', plural: 'aggregation policies' },
  { kind: 'projection policy', plural: 'projection policies' },
  { kind: 'join policy', plural: 'join policies' },
] as const;

const namedRows = z.array(z.object({ name: z.string(), database_name: z.string(), schema_name: z.string() }));

const referenceRows = z.array(
  z.object({
    POLICY_DB: z.string(),
    POLICY_SCHEMA: z.string(),
    POLICY_NAME: z.string(),
    POLICY_KIND: z.string(),
    REF_SCHEMA_NAME: z.string(),
    REF_ENTITY_NAME: z.string(),
    REF_COLUMN_NAME: z.string().nullable(),
    REF_ARG_COLUMN_NAMES: z.string().nullable(),
    TAG_DATABASE: z.string().nullable(),
    TAG_SCHEMA: z.string().nullable(),
    TAG_NAME: z.string().nullable(),
  }),
);
type Reference = z.infer<typeof referenceRows>[number];

/** Policies on the relations of a database, by `nameKey`, as far as the role may see them. */
export type Policies = ReadonlyMap<string, readonly Policy[]>;

/**
 * Which policies there are, and then in one statement what they are on. An edition that has none of a kind says that it
 * does not know them (documentation, "SHOW MASKING POLICIES" and its like).
 */
export async function policiesIn(session: Session, database: string): Promise<Policies> {
  const lists = await Promise.all(kinds.map(({ plural }) => orUnknown(() => session.run(`show ${plural} in account`))));
  const names = lists
    .flatMap((rows) => namedRows.parse(rows))
    .map((row) => [row.database_name, row.schema_name, row.name].map(identifier).join('.'));
  const found = new Map<string, Policy[]>();
  for (let from = 0; from < names.length; from += BATCH)
    for (const row of await referencesTo(session, database, names.slice(from, from + BATCH))) {
      const policy = policyOf(row);
      if (!policy) continue;
      const key = nameKey({ location: '', database, schema: row.REF_SCHEMA_NAME, identifier: row.REF_ENTITY_NAME });
      found.set(key, [...(found.get(key) ?? []), policy]);
    }
  return found;
}

/** Policies that one statement asks about. */
const BATCH = 50;

/** Documentation, "POLICY_REFERENCES". */
async function referencesTo(
  session: Session,
  database: string,
  names: readonly string[],
): Promise<readonly Reference[]> {
  const columns = Object.keys(referenceRows.element.shape).join(', ');
  const asked = names.map(
    (name) =>
      `select ${columns} from table(${identifier(database)}.information_schema.policy_references(policy_name => ${literal(name)})) where REF_DATABASE_NAME = ${literal(database)}`,
  );
  try {
    return referenceRows.parse(await session.run(asked.join('\nunion all\n')));
  } catch (error) {
    if (!(error instanceof WarehouseError) || !['denied', 'missing'].includes(error.is)) throw error;
    // One of them was dropped meanwhile, or may be seen and not asked about: the others are asked alone.
    if (names.length === 1) return [];
    const half = Math.ceil(names.length / 2);
    return [
      ...(await referencesTo(session, database, names.slice(0, half))),
      ...(await referencesTo(session, database, names.slice(half))),
    ];
  }
}

/** "Unsupported feature", and what is no statement for an older server. */
const UNKNOWN = new Set(['000002', '001003']);

/** Rows of what this edition or version of the server may not know, or not tell this role. */
export async function orUnknown<T>(ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await ask();
  } catch (error) {
    if (UNKNOWN.has(codeOf(error) ?? '') || (error instanceof WarehouseError && error.is === 'denied')) return [];
    throw error;
  }
}

function policyOf(row: Reference): Policy | null {
  const word = row.POLICY_KIND.toLowerCase().replaceAll('_', ' ');
  const kind = kinds.find((one) => one.kind === word)?.kind;
  if (kind === undefined) return null;
  return {
    kind,
    name: [row.POLICY_DB, row.POLICY_SCHEMA, row.POLICY_NAME],
    column: row.REF_COLUMN_NAME,
    columns: row.REF_ARG_COLUMN_NAMES === null ? [] : columnsIn(row.REF_ARG_COLUMN_NAMES),
    tag: row.TAG_NAME === null ? null : [row.TAG_DATABASE ?? '', row.TAG_SCHEMA ?? '', row.TAG_NAME],
  };
}

/** `[ "ID", "REGION" ]`: JSON, as the engine writes lists. */
const columnsIn = (text: string): readonly string[] => z.array(z.string()).parse(JSON.parse(text));

/** A database, or a schema with its database: what is cloned as a whole, with what lies in it. */
export type Home = readonly string[];

/** Whether something of this whole name lies there. */
export const isIn = (name: readonly string[], home: Home): boolean => home.every((part, n) => name[n] === part);

/** Without its home: so it is the same in a clone, which has what lies in it of its own. */
export const nearName = (name: readonly string[], home: Home): string =>
  (isIn(name, home) ? name.slice(home.length) : name).map(spokenName).join('.');

/** As it is called in another home that is a clone of its own. */
export const nameIn = (name: readonly string[], from: Home, to: Home): readonly string[] =>
  isIn(name, from) ? [...to, ...name.slice(from.length)] : name;

/** In a text that is equal on both sides: `row access policy rules.public.own on (region)`. `home`: of what it is on. */
export function ruleOf({ kind, name, column, columns, tag }: Policy, home: Home): string {
  const on = [
    ...(column === null ? [] : [`on ${spokenName(column)}`]),
    ...(columns.length === 0 ? [] : [`${column === null ? 'on' : 'using'} (${columns.map(spokenName).join(', ')})`]),
    ...(tag === null ? [] : [`by tag ${nearName(tag, home)}`]),
  ];
  return [kind, nearName(name, home), ...on].join(' ');
}

/**
 * As it is called in another home that is a clone of its own: there it is another policy, and what is cloned with it has
 * that one (documentation, "Cloning considerations", "Manage column-level security").
 */
export const policyIn = (policy: Policy, from: Home, to: Home): Policy => ({
  ...policy,
  name: nameIn(policy.name, from, to),
});

/** Whether one is where the other would be: a column has one mask, a relation one policy of each other kind. */
export const isInPlaceOf = (one: Policy, other: Policy): boolean =>
  one.kind === other.kind && one.column === other.column;

/**
 * What gives a table the policy that another has (documentation, "ALTER TABLE"), in one step `instead` of the one in its
 * place; null where it takes more than a statement.
 */
export function policyStatement(
  relation: Relation,
  { kind, name, column, columns, tag }: Policy,
  instead: Policy | null = null,
): string | null {
  if (tag !== null) return null;
  const force = instead ? ' force' : '';
  const [policy, table] = [name.map(identifier).join('.'), `alter table ${qualified(relation)}`];
  const list = `(${columns.map(identifier).join(', ')})`;
  switch (kind) {
    case 'masking policy':
      if (column === null) return null;
      return `${table} modify column ${identifier(column)} set masking policy ${policy}${columns.length === 0 ? '' : ` using (${[column, ...columns].map(identifier).join(', ')})`}${force}`;
    case 'projection policy':
      return column === null
        ? null
        : `${table} modify column ${identifier(column)} set projection policy ${policy}${force}`;
    case 'row access policy':
      return `${table} ${instead ? `drop row access policy ${instead.name.map(identifier).join('.')}, ` : ''}add row access policy ${policy} on ${list}`;
    case 'aggregation policy':
      return `${table} set aggregation policy ${policy}${columns.length === 0 ? '' : ` entity key ${list}`}${force}`;
    case 'join policy':
      return `${table} set join policy ${policy}${force}`;
  }
}

/** How the names begin of a policy and of a tag that a role may neither apply nor own (documentation, "GET_DDL"). */
const HIDDEN = '#UNKNOWN_';

/** Relations that one statement asks about. */
const TEXTS = 100;

/** Those of some tables and views on which there is a policy or a tag that the role may not see, and so could not carry. */
export async function hiddenPolicies(session: Session, relations: readonly Relation[]): Promise<readonly Relation[]> {
  const hidden: Relation[] = [];
  for (let from = 0; from < relations.length; from += TEXTS) {
    const some = relations.slice(from, from + TEXTS);
    const asked = some.map(
      (relation, n) => `position(${literal(HIDDEN)} in get_ddl('table', ${literal(qualified(relation))})) as "${n}"`,
    );
    const [row] = await session.run(`select ${asked.join(', ')}`);
    hidden.push(...some.filter((_, n) => Number(row?.[n]) > 0));
  }
  return hidden;
}
