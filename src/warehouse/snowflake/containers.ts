import { z } from 'zod';
import { type Container, displayName } from '../../domain/relation.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { identifier, literal, schemaName, spokenName } from './dialect.ts';
import { refused } from './errors.ts';
import { sqlOf } from './sql.ts';

/** `SCHEMA`, `DATABASE`: the word of CREATE, ALTER and DROP for a container. */
export const wordOf = ({ schema }: Container): string => (schema === null ? 'database' : 'schema');

/** As SQL has it. */
export const containerName = ({ database, schema }: Container): string =>
  schema === null ? identifier(database) : schemaName({ database, schema });

/** What the control tables call it: all of them in one environment are schemas of one database, or databases. */
export const ownName = ({ database, schema }: Container): string => schema ?? database;

/** The container of a name in the control tables. */
export const containerOf = ({ whole, database }: Context, name: string): Container =>
  whole ? { location: '', database: name, schema: null } : { location: '', database, schema: name };

const schemaRows = z.array(z.object({ SCHEMA_NAME: z.string(), CREATED: z.string() }));
const databaseRows = z.array(z.object({ name: z.string(), created_on: z.string() }));

/** Containers that are there, by their names as SQL has them, and when each was made: that stays when it is swapped or renamed. */
export async function madeContainers(
  { database, whole }: Context,
  session: Session,
): Promise<ReadonlyMap<string, string>> {
  // Unlike a view of the Information Schema, it needs no database that is there (documentation, "SHOW DATABASES").
  if (whole) {
    const found = databaseRows.parse(await session.run('show databases'));
    return new Map(found.map((row) => [identifier(row.name), row.created_on]));
  }
  const found = schemaRows.parse(await session.run(await sqlOf('schemas', { database: identifier(database) })));
  return new Map(found.map((row) => [schemaName({ database, schema: row.SCHEMA_NAME }), row.CREATED]));
}

const databaseRow = z
  .object({
    name: z.string(),
    created_on: z.string(),
    retention_time: z.coerce.number(),
    options: z.string().nullable(),
  })
  .transform((row) => ({
    name: row.name,
    created: row.created_on,
    /** For which its past can be had. */
    days: row.retention_time,
    transient: (row.options ?? '').includes('TRANSIENT'),
  }));

/** What a database is; null: there is none (documentation, "SHOW DATABASES"). */
export async function databaseNamed(session: Session, name: string): Promise<z.infer<typeof databaseRow> | null> {
  const rows = z.array(databaseRow).parse(await session.run(`show databases starts with ${literal(name)}`));
  return rows.find((row) => row.name === name) ?? null;
}

/** Containers that releases are built in, by their names in the control tables. */
export async function idleContainers(ctx: Context, session: Session): Promise<Set<string>> {
  const rows = await session.run(`select NAME from ${control(ctx, 'IDLE')} where ENVIRONMENT = ?`, [ctx.environment]);
  return new Set(rows.map((row) => String(row['NAME'])));
}

const grantRows = z.array(
  z.object({
    privilege: z.string(),
    granted_to: z.string(),
    grantee_name: z.string(),
    grant_option: z.preprocess((value) => value === true || value === 'true', z.boolean()),
  }),
);

/**
 * What lets a container in whom another lets in, and nobody else: a clone has the grants of what is in it, and none of its
 * own (Snowflake documentation, "CREATE <object> ... CLONE"); a swap takes them along.
 */
export async function grantsLike(
  session: Session,
  { live, other }: { readonly live: Container; readonly other: Container },
): Promise<readonly string[]> {
  const word = wordOf(other);
  const grantsOf = async (container: Container): Promise<ReadonlyMap<string, string>> => {
    const rows = grantRows.parse(await session.run(`show grants on ${word} ${containerName(container)}`));
    const share = rows.find(({ granted_to }) => granted_to === 'SHARE');
    // It holds on to the database that leaves, and can have no other (documentation, "GRANT <privilege> ... TO SHARE").
    if (share && container.schema === null)
      throw refused(
        `database ${displayName(container)} is in share ${spokenName(share.grantee_name)}, which would go on showing it when it is not live any more`,
        { database: container.database },
      );
    return new Map(
      rows
        .filter(({ privilege }) => privilege !== 'OWNERSHIP')
        .map((row) => {
          const to = `${row.granted_to.replaceAll('_', ' ')} ${identifier(row.grantee_name)}`;
          return [
            `${row.privilege} on ${word} ${containerName(other)} @ ${to}`,
            row.grant_option ? ' with grant option' : '',
          ];
        }),
    );
  };
  const [wanted, has] = [await grantsOf(live), await grantsOf(other)];
  return [
    ...[...has.keys()].filter((one) => !wanted.has(one)).map((one) => `revoke ${one.replace(' @ ', ' from ')}`),
    ...[...wanted]
      .filter(([one, option]) => has.get(one) !== option)
      .map(([one, option]) => `grant ${one.replace(' @ ', ' to ')}${option}`),
  ];
}
