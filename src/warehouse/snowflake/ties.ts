import { z } from 'zod';
import { nameKey } from '../../domain/relation.ts';
import type { Tie } from '../port.ts';
import type { Session } from './connect.ts';
import { spokenName } from './dialect.ts';
import { partsAt } from './text/names.ts';
import { tokensOf } from './text/tokens.ts';

const streamRows = z.array(
  z.object({
    name: z.string(),
    database_name: z.string(),
    schema_name: z.string(),
    // Of what the role may not see, or of what is gone, it is a sentence.
    table_name: z.string().nullable(),
  }),
);

/**
 * Streams, by the `nameKey` of what they follow: they follow the object, and are stale when another takes its name
 * (documentation, "CREATE STREAM", "ALTER TABLE", SWAP WITH). Everything else is bound by name.
 */
export async function streamTies(session: Session): Promise<ReadonlyMap<string, readonly Tie[]>> {
  const found = new Map<string, Tie[]>();
  for (const row of streamRows.parse(await session.run('show streams in account'))) {
    const { list } = tokensOf(row.table_name ?? '');
    const [database, schema, identifier, ...more] = partsAt(list, 0, list.length).parts.map(({ value }) => value);
    if (database === undefined || schema === undefined || identifier === undefined || more.length > 0) continue;
    const key = nameKey({ location: '', database, schema, identifier });
    const what = `stream ${[row.database_name, row.schema_name, row.name].map(spokenName).join('.')}`;
    found.set(key, [...(found.get(key) ?? []), { what, by: null, does: 'holds' }]);
  }
  return found;
}
