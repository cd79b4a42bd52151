import { z } from 'zod';
import type { Container } from '../../domain/relation.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { containerName, grantsLike, wordOf } from './containers.ts';
import { identifier, inSchemas, literal, schemaName } from './dialect.ts';
import type { Home } from './policies.ts';
import { sqlOf } from './sql.ts';
import { tagIn, tagsLike, tagsOnContainers } from './tags.ts';

const yes = z.preprocess((value) => value === true || value === 'YES', z.boolean());

const partRows = z.array(
  z.object({
    DATABASE_NAME: z.string(),
    /** null: the database itself. */
    SCHEMA_NAME: z.string().nullable(),
    COMMENT: z.string().nullable(),
    IS_MANAGED_ACCESS: yes,
  }),
);
type PartRow = z.infer<typeof partRows>[number];

const rightRows = z.array(
  z.object({
    OBJECT_CATALOG: z.string(),
    OBJECT_NAME: z.string(),
    PRIVILEGE_TYPE: z.string(),
    GRANTEE: z.string(),
    GRANTED_TO: z.string(),
    IS_GRANTABLE: yes,
  }),
);
type RightRow = z.infer<typeof rightRows>[number];

const parameterRows = z.array(z.object({ key: z.string(), value: z.string(), level: z.string() }));

/** A container, or a schema of it, on both sides. */
interface Part {
  readonly live: PartRow;
  readonly other: PartRow;
}

interface Sides {
  readonly live: Container;
  readonly other: Container;
}

/**
 * What makes a container like another that it is about to change places with, but for the relations in it: who is let in,
 * comments, parameters, tags, and who may grant. A clone has most of them, as they were when it was made (documentation,
 * "Cloning considerations"); what was set on live since is not lost either.
 */
export async function likeContainer(session: Session, sides: Sides): Promise<readonly string[]> {
  const [grants, parts, parameters] = await Promise.all([
    grantsLike(session, sides),
    partsOf(session, sides),
    parametersLike(session, sides),
  ]);
  const [rights, tags] = await Promise.all([
    sides.live.schema === null ? schemaRights(session, sides, parts) : [],
    tagsLikeLive(session, sides, parts),
  ]);
  return [...grants, ...rights, ...parts.flatMap(textsLike), ...parameters, ...tags];
}

/** Of schemas that are on both sides (documentation, "GRANT <privileges>", "REVOKE <privileges>"). */
async function schemaRights(session: Session, sides: Sides, parts: readonly Part[]): Promise<readonly string[]> {
  const [live, other] = [sides.live.database, sides.other.database];
  const schemas = new Set(parts.map((part) => part.live.SCHEMA_NAME));
  const parameters = { live: identifier(live), other: identifier(other) };
  const rows = rightRows.parse(await session.run(await sqlOf('schema-privileges', parameters)));
  const of = (database: string) =>
    new Map(
      rows
        .filter((row) => row.OBJECT_CATALOG === database && schemas.has(row.OBJECT_NAME))
        .map((row) => [JSON.stringify([row.OBJECT_NAME, row.PRIVILEGE_TYPE, row.GRANTED_TO, row.GRANTEE]), row]),
    );
  const [wanted, has] = [of(live), of(other)];
  const text = (row: RightRow, way: 'to' | 'from'): string =>
    `${row.PRIVILEGE_TYPE} on schema ${schemaName({ database: other, schema: row.OBJECT_NAME })} ${way} ${granteeOf(row, other)}`;
  return [
    ...[...has].filter(([key]) => !wanted.has(key)).map(([, row]) => `revoke ${text(row, 'from')}`),
    ...[...wanted]
      .filter(([key, row]) => has.get(key)?.IS_GRANTABLE !== row.IS_GRANTABLE)
      .map(([, row]) => `grant ${text(row, 'to')}${row.IS_GRANTABLE ? ' with grant option' : ''}`),
  ];
}

/** A database role may only have what is in its own database (documentation, "GRANT DATABASE ROLE"). */
const granteeOf = ({ GRANTED_TO: to, GRANTEE: name }: RightRow, database: string): string =>
  `${to.replaceAll('_', ' ')} ${to === 'DATABASE_ROLE' ? `${identifier(database)}.` : ''}${identifier(name)}`;

/** The containers, and the schemas that both have. */
async function partsOf(session: Session, { live, other }: Sides): Promise<readonly Part[]> {
  const parameters = {
    live: identifier(live.database),
    other: identifier(other.database),
    databases: live.schema === null ? [live, other].map(({ database }) => literal(database)).join(', ') : 'null',
    schemas: inSchemas([live, other], 'SCHEMA_NAME'),
  };
  const rows = partRows.parse(await session.run(await sqlOf('parts', parameters)));
  const of = ({ database, schema }: Container) =>
    rows.filter((row) => row.DATABASE_NAME === database && (schema === null || row.SCHEMA_NAME === schema));
  const others = new Map(of(other).map((row) => [other.schema === null ? row.SCHEMA_NAME : null, row]));
  return of(live).flatMap((row): readonly Part[] => {
    const there = others.get(live.schema === null ? row.SCHEMA_NAME : null);
    return there ? [{ live: row, other: there }] : [];
  });
}

const containerOf = ({ DATABASE_NAME: database, SCHEMA_NAME: schema }: PartRow): Container => ({
  location: '',
  database,
  schema,
});

const named = (row: PartRow): string => `${wordOf(containerOf(row))} ${containerName(containerOf(row))}`;

/** Documentation, "COMMENT", "ALTER SCHEMA" (MANAGED ACCESS). */
function textsLike({ live, other }: Part): readonly string[] {
  const text = live.COMMENT ?? '';
  return [
    ...(text === (other.COMMENT ?? '') ? [] : [`comment on ${named(other)} is ${literal(text)}`]),
    ...(live.IS_MANAGED_ACCESS === other.IS_MANAGED_ACCESS
      ? []
      : [`alter ${named(other)} ${live.IS_MANAGED_ACCESS ? 'enable' : 'disable'} managed access`]),
  ];
}

/** Those that were set on the container itself (documentation, "SHOW PARAMETERS", "ALTER DATABASE", "ALTER SCHEMA"). */
async function parametersLike(session: Session, { live, other }: Sides): Promise<readonly string[]> {
  const word = wordOf(other);
  const of = async (container: Container) =>
    new Map(
      parameterRows
        .parse(await session.run(`show parameters in ${word} ${containerName(container)}`))
        .filter(({ level }) => level.toLowerCase() === word)
        .map(({ key, value }) => [key, value]),
    );
  const [wanted, has] = [await of(live), await of(other)];
  const alter = `alter ${word} ${containerName(other)}`;
  return [
    ...[...wanted]
      .filter(([key, value]) => has.get(key) !== value)
      .map(([key, value]) => `${alter} set ${key} = ${valueText(value)}`),
    ...[...has.keys()].filter((key) => !wanted.has(key)).map((key) => `${alter} unset ${key}`),
  ];
}

const valueText = (value: string): string => (/^(\d+|true|false)$/i.test(value) ? value : literal(value));

async function tagsLikeLive(session: Session, sides: Sides, parts: readonly Part[]): Promise<readonly string[]> {
  const tags = await tagsOnContainers(
    session,
    parts.flatMap(({ live, other }) => [containerOf(live), containerOf(other)]),
  );
  const [from, to] = [homeOf(sides.live), homeOf(sides.other)];
  return parts.flatMap(({ other }, n) => {
    const wanted = (tags[2 * n] ?? []).map((tag) => tagIn(tag, from, to));
    return tagsLike(named(other), wanted, tags[2 * n + 1] ?? []);
  });
}

const homeOf = ({ database, schema }: Container): Home => (schema === null ? [database] : [database, schema]);

/** What a new schema needs that stands for another: what is in it has tags of that one, and policies by them. */
export async function tagsLikeSchema(session: Session, live: Container, idle: Container): Promise<readonly string[]> {
  // Before the first release there is no live schema.
  const [wanted = [], has = []] = await orNothing(() => tagsOnContainers(session, [live, idle]));
  return tagsLike(`${wordOf(idle)} ${containerName(idle)}`, wanted, has);
}
