import { z } from 'zod';
import { oneOf } from '../../domain/kind.ts';
import { type Container, contains, displayName } from '../../domain/relation.ts';
import { orNothing } from './claim.ts';
import type { Session } from './connect.ts';
import { containerName, wordOf } from './containers.ts';
import { spokenName } from './dialect.ts';
import { refused } from './errors.ts';
import type { Found } from './found.ts';
import { orUnknown } from './policies.ts';
import { type Stream, streams } from './ties.ts';

const listed = z.object({ name: z.string(), database_name: z.string(), schema_name: z.string() });

const withState = z.array(listed.extend({ state: z.string().nullable() }));
const withType = z.array(listed.extend({ type: z.string().nullable() }));
const roleRows = z.array(z.object({ name: z.string(), granted_to_roles: z.coerce.number() }));

type Row = z.infer<typeof listed>;

const spoken = (row: Row): string => [row.database_name, row.schema_name, row.name].map(spokenName).join('.');

/**
 * What a clone of a container does not have, or has and does not run, and what holds on to the one that leaves live: in
 * sentences (documentation, "Cloning considerations", "SHOW TASKS", "SHOW ALERTS", "SHOW PIPES", "SHOW STREAMS",
 * "SHOW STAGES", "SHOW DATABASE ROLES", "Using inherited grants").
 */
export async function leftBehind(session: Session, container: Container): Promise<readonly string[]> {
  const at = `${wordOf(container)} ${containerName(container)}`;
  const show = (what: string) => orNothing(() => session.run(`show ${what} in ${at}`));
  const runs = (rows: z.infer<typeof withState>): readonly Row[] => rows.filter(({ state }) => state !== 'suspended');
  const [tasks, alerts, pipes, stages, inherited, roles, followed] = await Promise.all([
    show('tasks').then((rows) => runs(withState.parse(rows))),
    show('alerts').then((rows) => runs(withState.parse(rows))),
    show('pipes').then((rows) => z.array(listed).parse(rows)),
    show('stages').then((rows) => withType.parse(rows).filter(({ type }) => type?.startsWith('INTERNAL'))),
    orUnknown(() => session.run(`show inherited grants in ${at}`)),
    container.schema === null ? show('database roles').then((rows) => roleRows.parse(rows)) : [],
    streamsOf(session, container),
  ]);
  return [
    ...tasks.map((row) => `task ${spoken(row)} would be suspended`),
    ...alerts.map((row) => `alert ${spoken(row)} would be suspended`),
    ...pipes.map((row) => `pipe ${spoken(row)} would be gone, or stopped`),
    ...followed,
    ...stages.map((row) => `stage ${spoken(row)} would be without its files`),
    ...(inherited.length > 0
      ? [`inherited grants on it would be lost (SHOW INHERITED GRANTS IN ${at.toUpperCase()})`]
      : []),
    ...roles
      .filter((role) => role.granted_to_roles > 0)
      .map(({ name }) => `database role ${spokenName(name)} would be lost to those who have been granted it`),
  ];
}

/** In it, or of what is in it: a stream follows the object, and a clone of one begins anew. */
async function streamsOf(session: Session, container: Container): Promise<readonly string[]> {
  const isIn = ({ database, schema }: Pick<Stream, 'database' | 'schema'>): boolean =>
    database === container.database && (container.schema === null || schema === container.schema);
  return (await streams(session))
    .filter((stream) => isIn(stream) || (stream.follows !== null && isIn(stream.follows)))
    .map(({ what }) => `${what} would have lost what nobody has read from it yet`);
}

/** Kinds of relations that do not change places with what they are in, by what becomes of them. */
const kinds: Readonly<Record<string, string>> = {
  'external table': 'would be gone',
  'hybrid table': 'would be gone',
  'event table': 'would be gone',
  'iceberg table': 'would be gone, or read the same files',
  'dynamic table': 'would be suspended',
  'materialized view': 'would go on reading what leaves live',
};

/** Throws `refused` with all that would not survive a swap of the container. */
export async function refuseLeftBehind(
  session: Session,
  container: Container,
  relations: readonly Found[],
): Promise<void> {
  const odd = relations.flatMap(({ relation, kind }) =>
    contains(container, relation) && kinds[kind] !== undefined
      ? [`${displayName(relation)} is ${oneOf(kind)}, and ${kinds[kind]}`]
      : [],
  );
  const found = [...odd, ...(await leftBehind(session, container))];
  if (found.length > 0)
    throw refused(
      `${wordOf(container)} ${displayName(container)} cannot change places as a whole: ${found.join('; ')}. Let tables change places instead (\`idle: {schema: ...}\`), or move these elsewhere`,
      { container: displayName(container) },
    );
}
