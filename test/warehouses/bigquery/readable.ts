import { expect } from 'vitest';
import type { Control } from './control.ts';

/** What BigQuery documents and sqlglot 30 keeps as text, by the part of "Data definition language statements in GoogleSQL". */
const unknownToSqlglot: readonly (readonly [page: string, statement: RegExp])[] = [
  // It reads CLONE alone, and FOR SYSTEM_TIME in a query.
  [
    'CREATE TABLE CLONE statement',
    /^CREATE OR REPLACE TABLE `[^;]+ CLONE `[^;]+ FOR SYSTEM_TIME AS OF timestamp '[^']+'$/,
  ],
  ['CREATE ROW ACCESS POLICY statement', /^CREATE OR REPLACE ROW ACCESS POLICY `[^;]+ FILTER USING \([^;]+\)$/],
];

/** Of what lastgreen has sent to this server everything is a statement of BigQuery's dialect. */
export async function expectReadable(control: Control): Promise<void> {
  const own = (await control.requests()).filter(({ body }) => JSON.stringify(body)?.includes('"app":"lastgreen"'));
  expect(own.length).toBeGreaterThan(0);
  const known = (sql: string): boolean => unknownToSqlglot.some(([, pattern]) => pattern.test(sql));
  const unreadable = (await control.unreadableStatements()).filter(({ app }) => app === 'lastgreen');
  expect(unreadable.filter(({ sql, error }) => error !== 'it is kept as text' || !known(sql))).toEqual([]);
}
