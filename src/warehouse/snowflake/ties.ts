import { z } from 'zod';
import { nameKey, type Relation } from '../../domain/relation.ts';
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

export interface Stream {
  /** `stream raw.feeds.changes`. */
  readonly what: string;
  readonly database: string;
  readonly schema: string;
  /** null: the role may not see it, or it is gone. */
  readonly follows: Relation | null;
}

/** Of the whole account (documentation, "SHOW STREAMS"). */
export async function streams(session: Session): Promise<readonly Stream[]> {
  return streamRows.parse(await session.run('show streams in account')).map((row): Stream => {
    const { list } = tokensOf(row.table_name ?? '');
    const [database, schema, identifier, ...more] = partsAt(list, 0, list.length).parts.map(({ value }) => value);
    const isWhole = database !== undefined && schema !== undefined && identifier !== undefined && more.length === 0;
    return {
      what: `stream ${[row.database_name, row.schema_name, row.name].map(spokenName).join('.')}`,
      database: row.database_name,
      schema: row.schema_name,
      follows: isWhole ? { location: '', database, schema, identifier } : null,
    };
  });
}

/**
 * Streams, by the `nameKey` of what they follow: they follow the object, and are stale when another takes its name
 * (documentation, "CREATE STREAM", "ALTER TABLE", SWAP WITH). Everything else is bound by name.
 */
export async function streamTies(session: Session): Promise<ReadonlyMap<string, readonly Tie[]>> {
  const found = new Map<string, Tie[]>();
  for (const { what, follows } of await streams(session)) {
    if (!follows) continue;
    const key = nameKey(follows);
    found.set(key, [...(found.get(key) ?? []), { what, by: null, does: 'holds' }]);
  }
  return found;
}
