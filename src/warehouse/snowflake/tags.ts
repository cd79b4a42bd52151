import { z } from 'zod';
import { nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import type { Session } from './connect.ts';
import { identifier, literal, qualified, schemaName, spokenName, wordFor } from './dialect.ts';
import { type Home, nameIn, nearName, orUnknown, type Policy, ruleOf } from './policies.ts';

/** A tag on something, or on one column of it. */
export interface Tag {
  /** With its database and schema. */
  readonly name: readonly string[];
  readonly value: string;
  readonly column: string | null;
}

const referenceRows = z.array(
  z.object({
    AT: z.coerce.number(),
    TAG_DATABASE: z.string(),
    TAG_SCHEMA: z.string(),
    TAG_NAME: z.string(),
    TAG_VALUE: z.string(),
    LEVEL: z.string(),
    COLUMN_NAME: z.string().nullable(),
  }),
);
type Reference = z.infer<typeof referenceRows>[number];

/** Tags of relations, by `nameKey`. */
export type Tags = ReadonlyMap<string, readonly Tag[]>;

/** Relations that one statement asks about. */
const BATCH = 100;

/** Whether the role sees any tag at all: most accounts have none, and are asked no more (documentation, "SHOW TAGS"). */
export const knowsTags = async (session: Session): Promise<boolean> =>
  (await orUnknown(() => session.run('show tags in account'))).length > 0;

/**
 * Those that were set on relations and their columns, and none that they have from what they are in (documentation,
 * "TAG_REFERENCES_ALL_COLUMNS").
 */
export async function tagsOf(session: Session, relations: readonly Relation[]): Promise<Tags> {
  const found = new Map<string, readonly Tag[]>();
  for (let from = 0; from < relations.length; from += BATCH)
    for (const [relation, tags] of await tagsOfSome(session, relations.slice(from, from + BATCH)))
      found.set(nameKey(relation), tags);
  return found;
}

async function tagsOfSome(
  session: Session,
  relations: readonly Relation[],
): Promise<readonly (readonly [Relation, readonly Tag[]])[]> {
  const asked = relations.map((relation): Asked => {
    const name = literal(qualified(relation));
    return { database: relation.database, call: `tag_references_all_columns(${name}, 'table')` };
  });
  try {
    const rows = Map.groupBy(await references(session, asked), ({ AT }) => AT);
    return relations.map((relation, n) => [relation, tagsIn(rows.get(n) ?? [])]);
  } catch (error) {
    if (!(error instanceof WarehouseError) || !['denied', 'missing'].includes(error.is)) throw error;
    // One of them is gone, or may not be asked about: the others are asked alone.
    if (relations.length === 1) return [];
    const half = Math.ceil(relations.length / 2);
    return [
      ...(await tagsOfSome(session, relations.slice(0, half))),
      ...(await tagsOfSome(session, relations.slice(half))),
    ];
  }
}

/** A column has those of its relation, too. */
function tagsIn(rows: readonly Reference[]): readonly Tag[] {
  const own = rows.filter(({ LEVEL, TAG_DATABASE }) => /^(COLUMN|TABLE|VIEW)$/.test(LEVEL) && TAG_DATABASE !== SYSTEM);
  const tags = own.map((row) => tagOf(row, row.LEVEL === 'COLUMN' ? row.COLUMN_NAME : null));
  return [...new Map(tags.map((tag) => [JSON.stringify([tag.name, tag.column]), tag])).values()];
}

const tagOf = (row: Reference, column: string | null): Tag => ({
  name: [row.TAG_DATABASE, row.TAG_SCHEMA, row.TAG_NAME],
  value: row.TAG_VALUE,
  column,
});

/** Whose tags the engine sets by itself, when it classifies what is there (documentation, "Tag-based classification"). */
const SYSTEM = 'SNOWFLAKE';

interface Asked {
  readonly database: string;
  readonly call: string;
}

/** Documentation, "TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS". */
async function references(session: Session, asked: readonly Asked[]): Promise<readonly Reference[]> {
  const columns = Object.keys(referenceRows.element.shape).filter((name) => name !== 'AT');
  const selects = asked.map(
    ({ database, call }, n) =>
      `select ${n} as AT, ${columns.join(', ')} from table(${identifier(database)}.information_schema.${call})`,
  );
  return referenceRows.parse(await orUnknown(() => session.run(selects.join('\nunion all\n'))));
}

/** Those that were set on containers themselves, by their place in what is asked. */
export async function tagsOnContainers(
  session: Session,
  containers: readonly { readonly database: string; readonly schema: string | null }[],
): Promise<readonly (readonly Tag[])[]> {
  const asked = containers.map(({ database, schema }): Asked => {
    const name = schema === null ? identifier(database) : schemaName({ database, schema });
    return { database, call: `tag_references(${literal(name)}, '${schema === null ? 'database' : 'schema'}')` };
  });
  const rows = await references(session, asked);
  return containers.map(({ schema }, n) => {
    const level = schema === null ? 'DATABASE' : 'SCHEMA';
    return rows
      .filter(({ AT, LEVEL, TAG_DATABASE }) => AT === n && LEVEL === level && TAG_DATABASE !== SYSTEM)
      .map((row) => tagOf(row, null));
  });
}

/** In a text that is equal on both sides, whatever its value is by now: that is for the project to say. */
export const tagRule = ({ name, column }: Tag, home: Home): string =>
  `tag ${nearName(name, home)}${column === null ? '' : ` on ${spokenName(column)}`}`;

/** Of what is on something in its home. */
export const rulesIn = (
  { policies, tags }: { readonly policies: readonly Policy[]; readonly tags: readonly Tag[] },
  home: Home,
): readonly string[] => [...policies.map((policy) => ruleOf(policy, home)), ...tags.map((tag) => tagRule(tag, home))];

/** As it is called in another home that is a clone of its own. */
export const tagIn = (tag: Tag, from: Home, to: Home): Tag => ({ ...tag, name: nameIn(tag.name, from, to) });

const setText = (tags: readonly Tag[]): string =>
  `set tag ${tags.map(({ name, value }) => `${name.map(identifier).join('.')} = ${literal(value)}`).join(', ')}`;

/** What puts them on a relation (documentation, "ALTER TABLE", "ALTER VIEW"). */
export function tagStatements(
  { relation, kind }: { readonly relation: Relation; readonly kind: string },
  tags: readonly Tag[],
): readonly string[] {
  const alter = `alter ${wordFor(kind)} ${qualified(relation)}`;
  return [...Map.groupBy(tags, ({ column }) => column)].map(([column, some]) =>
    column === null ? `${alter} ${setText(some)}` : `${alter} modify column ${identifier(column)} ${setText(some)}`,
  );
}

/** What makes the tags of a container those of another (documentation, "ALTER DATABASE", "ALTER SCHEMA"). */
export function tagsLike(what: string, wanted: readonly Tag[], has: readonly Tag[]): readonly string[] {
  const key = ({ name, value }: Tag): string => JSON.stringify([name, value]);
  const [there, asked] = [new Set(has.map(key)), new Set(wanted.map(({ name }) => JSON.stringify(name)))];
  const lacking = wanted.filter((tag) => !there.has(key(tag)));
  const beside = has.filter(({ name }) => !asked.has(JSON.stringify(name)));
  return [
    ...(lacking.length > 0 ? [`alter ${what} ${setText(lacking)}`] : []),
    ...(beside.length > 0
      ? [`alter ${what} unset tag ${beside.map(({ name }) => name.map(identifier).join('.')).join(', ')}`]
      : []),
  ];
}
