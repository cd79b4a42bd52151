import { z } from 'zod';
import { type Container, nameKey, type Relation } from '../../domain/relation.ts';
import type { CatalogOptions, CatalogRelation, Column, Grant, Protection } from '../port.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { CONTROL, type Scope } from './context.ts';
import { identifier, inSchemas, spokenName } from './dialect.ts';
import { type Home, type Policies, type Policy, policiesIn } from './policies.ts';
import type { Row } from './rows.ts';
import { sqlOf } from './sql.ts';
import { knowsTags, rulesIn, type Tag, tagsOf } from './tags.ts';
import { definitionOf, readView, type View } from './text/view.ts';

/** A relation as the engine has it. */
export interface Found extends CatalogRelation {
  /** When the object was made: stays when it is swapped or renamed, and another one has another time. */
  readonly created: string;
  readonly lastAltered: string;
  readonly rows: number;
  readonly bytes: number;
  readonly transient: boolean;
  readonly policies: readonly Policy[];
  readonly tags: readonly Tag[];
  /** What is cloned with it where containers change places: its database, or its schema. */
  readonly home: Home;
  /** Of a view whose text can be read. */
  readonly view: View | null;
  /** Kept by its text alone: nothing of this name is there. */
  readonly recorded: boolean;
}

const yes = z.preprocess((value) => value === true || value === 'YES' || value === 'Y', z.boolean());
const count = z.coerce.number().nullable();
const text = z.string().nullable();

const relationRows = z.array(
  z.object({
    TABLE_SCHEMA: z.string(),
    TABLE_NAME: z.string(),
    TABLE_TYPE: z.string(),
    TABLE_OWNER: text,
    IS_TRANSIENT: yes,
    IS_DYNAMIC: yes,
    IS_ICEBERG: yes,
    IS_HYBRID: yes,
    CREATED: z.string(),
    LAST_ALTERED: z.string(),
    ROW_COUNT: count,
    BYTES: count,
    VIEW_DEFINITION: text,
    IS_SECURE: yes,
  }),
);
type RelationRow = z.infer<typeof relationRows>[number];

const columnRows = z.array(
  z.object({
    TABLE_SCHEMA: z.string(),
    TABLE_NAME: z.string(),
    COLUMN_NAME: z.string(),
    DATA_TYPE: z.string(),
    NUMERIC_PRECISION: count,
    NUMERIC_SCALE: count,
    CHARACTER_MAXIMUM_LENGTH: count,
    DATETIME_PRECISION: count,
    IS_NULLABLE: yes,
  }),
);
type ColumnRow = z.infer<typeof columnRows>[number];

const grantRows = z.array(
  z.object({
    TABLE_SCHEMA: z.string(),
    TABLE_NAME: z.string(),
    PRIVILEGE_TYPE: z.string(),
    GRANTEE: z.string(),
    GRANTED_TO: text,
    IS_GRANTABLE: yes,
  }),
);
type GrantRow = z.infer<typeof grantRows>[number];

interface Asked extends CatalogOptions {
  /** What changes places. */
  readonly moves?: Scope;
}

/** What is in some containers by the engine's own account; a few questions a database, however much that is. */
export async function foundIn(session: Session, scope: readonly Container[], o: Asked = {}): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const [database, containers] of Map.groupBy(scope, (one) => one.database))
    found.push(...(await foundInDatabase(session, database, containers, o)));
  return found;
}

async function foundInDatabase(
  session: Session,
  database: string,
  scope: readonly Container[],
  { bare = false, moves = 'table' }: Asked,
): Promise<readonly Found[]> {
  const parameters = { database: identifier(database), schemas: inSchemas(scope, 't.TABLE_SCHEMA') };
  const ask = async (name: 'relations' | 'columns' | 'privileges'): Promise<readonly Row[]> => {
    const sql = await sqlOf(name, parameters);
    // A database that is not there has no relations.
    return orNothing(() => session.run(sql));
  };
  const [rows, ofColumns, ofGrants, policies, isTagged] = await Promise.all([
    ask('relations'),
    bare ? [] : ask('columns'),
    bare ? [] : ask('privileges'),
    bare ? none : policiesIn(session, database),
    bare ? false : knowsTags(session),
  ]);
  const relations = relationRows.parse(rows);
  const columns = Map.groupBy(columnRows.parse(ofColumns), keyOf);
  const grants = Map.groupBy(grantRows.parse(ofGrants), keyOf);
  const tags = await tagsOf(session, isTagged ? relations.filter(mayBeTagged).map(relationOf(database)) : []);
  return relations.map((row): Found => {
    const relation = relationOf(database)(row);
    const guards = {
      policies: policies.get(nameKey(relation)) ?? [],
      tags: tags.get(nameKey(relation)) ?? [],
      home: moves === 'schema' ? [database, relation.schema] : [database],
    };
    const view = row.VIEW_DEFINITION ? readView(row.VIEW_DEFINITION) : 'unreadable';
    // What ALTER VIEW says of it is not in its text.
    const known = view === 'unreadable' ? null : { ...view, secure: row.IS_SECURE };
    return {
      relation,
      kind: kindOf(row),
      columns: (columns.get(keyOf(row)) ?? []).map(columnOf),
      definition: known && definitionOf(known),
      protection: protectionOf(row, grants.get(keyOf(row)) ?? [], guards),
      created: row.CREATED,
      lastAltered: row.LAST_ALTERED,
      rows: row.ROW_COUNT ?? 0,
      bytes: row.BYTES ?? 0,
      transient: row.IS_TRANSIENT,
      ...guards,
      view: known,
      recorded: false,
    };
  });
}

const none: Policies = new Map();

const relationOf =
  (database: string) =>
  (row: Pick<RelationRow, 'TABLE_SCHEMA' | 'TABLE_NAME'>): Relation => ({
    location: '',
    database,
    schema: row.TABLE_SCHEMA,
    identifier: row.TABLE_NAME,
  });

/** lastgreen's own tables have none, and of what does not change places none is asked for. */
const mayBeTagged = (row: RelationRow): boolean =>
  row.TABLE_SCHEMA !== CONTROL && ['table', 'view'].includes(kindOf(row));

const keyOf = (row: { readonly TABLE_SCHEMA: string; readonly TABLE_NAME: string }): string =>
  JSON.stringify([row.TABLE_SCHEMA, row.TABLE_NAME]);

function kindOf({ TABLE_TYPE, IS_DYNAMIC, IS_ICEBERG, IS_HYBRID }: RelationRow): string {
  if (IS_DYNAMIC) return 'dynamic table';
  if (IS_ICEBERG) return 'iceberg table';
  if (IS_HYBRID) return 'hybrid table';
  return TABLE_TYPE === 'BASE TABLE' ? 'table' : TABLE_TYPE.toLowerCase();
}

const columnOf = (row: ColumnRow): Column => ({
  name: row.COLUMN_NAME,
  type: typeOf(row),
  nullable: row.IS_NULLABLE,
});

/** As DESCRIBE writes it: NUMBER(38,0), VARCHAR(16777216), TIMESTAMP_NTZ(9). */
function typeOf(row: ColumnRow): string {
  const type = row.DATA_TYPE === 'TEXT' ? 'VARCHAR' : row.DATA_TYPE;
  if (type === 'NUMBER') return `NUMBER(${row.NUMERIC_PRECISION ?? 38},${row.NUMERIC_SCALE ?? 0})`;
  if (type === 'VARCHAR' && row.CHARACTER_MAXIMUM_LENGTH !== null) return `VARCHAR(${row.CHARACTER_MAXIMUM_LENGTH})`;
  if (type.startsWith('TIME') && row.DATETIME_PRECISION !== null) return `${type}(${row.DATETIME_PRECISION})`;
  return type;
}

function protectionOf(
  row: RelationRow,
  grants: readonly GrantRow[],
  guards: Pick<Found, 'policies' | 'tags' | 'home'>,
): Protection {
  return {
    owner: spokenName(row.TABLE_OWNER ?? ''),
    grants: grants.map(grantOf),
    rules: [...(row.IS_SECURE ? ['secure'] : []), ...rulesIn(guards, guards.home)].toSorted(),
    keys: [],
  };
}

function grantOf({ PRIVILEGE_TYPE, GRANTEE, GRANTED_TO, IS_GRANTABLE }: GrantRow): Grant {
  const to = GRANTED_TO === null || GRANTED_TO === 'ROLE' ? '' : `${GRANTED_TO.toLowerCase().replaceAll('_', ' ')} `;
  const what = `${PRIVILEGE_TYPE} to ${to}${spokenName(GRANTEE)}${IS_GRANTABLE ? ' with grant option' : ''}`;
  return { what, column: null };
}
