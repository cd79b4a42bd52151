import { inContainer, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import { containerName } from './containers.ts';
import { atTime, identifier, qualified, TRASH } from './dialect.ts';
import type { Filling } from './fill-containers.ts';

/**
 * What a rebuild in place has dropped has no name to be cloned by, and UNDROP would need the one that readers use. A clone
 * of its schema at that time has it (documentation, "CREATE <object> ... CLONE"); what else is in it goes again. Nothing
 * may have the name that it gets.
 */
export async function copyDropped(
  { session, pasts }: Filling,
  { from, to, at }: { readonly from: Relation; readonly to: Relation; readonly at: string },
): Promise<void> {
  const { location, database, schema } = from;
  const key = JSON.stringify([schema, at]);
  const past = pasts.get(key) ?? { location, database, schema: `${TRASH}PAST_${pasts.size}_${schema}` };
  const information = `${identifier(database)}.INFORMATION_SCHEMA`;
  if (!pasts.has(key)) {
    pasts.set(key, past);
    const ask = `select IS_TRANSIENT from ${information}.SCHEMATA where SCHEMA_NAME = ?`;
    const [source] = await session.run(ask, [schema]);
    const word = source?.['IS_TRANSIENT'] === 'YES' ? 'transient schema' : 'schema';
    await session.run(
      `create or replace ${word} ${containerName(past)} clone ${containerName({ location, database, schema })}${atTime(at)} ignore tables with insufficient data retention`,
    );
  }
  const ask = `select count(*) as N from ${information}.TABLES where TABLE_SCHEMA = ? and TABLE_NAME = ?`;
  const [there] = await session.run(ask, [past.schema, from.identifier]);
  if (Number(there?.['N']) === 0)
    throw new WarehouseError('missing', `there was no ${qualified(from)} at ${at}`, { relation: qualified(from) });
  await session.run(`alter table ${qualified(inContainer(from, past))} rename to ${qualified(to)}`);
}

/** Whatever of them is left over by a fill that was stopped goes with the next prune (documentation, "DROP SCHEMA"). */
export async function dropPasts({ session, pasts }: Filling): Promise<void> {
  for (const past of pasts.values()) await session.run(`drop schema if exists ${containerName(past)}`);
  pasts.clear();
}
