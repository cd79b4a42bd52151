import { describe, expect, it } from 'vitest';
import { readsOf } from '../../../../src/warehouse/snowflake/text/reads.ts';
import { corpus } from './text-corpus.ts';

describe('a corpus of queries', () => {
  it.each(corpus)('reads what sqlglot says: %s', (reads, query) => {
    const found = readsOf(query, { database: 'DB', schema: 'GREEN' });
    const names =
      found === 'unreadable' ? [found] : found.map((one) => `${one.database}.${one.schema}.${one.identifier}`);
    expect(names.toSorted().join(' ')).toBe(reads);
  });
});
