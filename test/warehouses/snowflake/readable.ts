import { expect } from 'vitest';
import type { Control } from './control.ts';

/** What Snowflake documents and sqlglot 30 keeps as text, by the page of the documentation. */
const unknownToSqlglot: readonly (readonly [page: string, statement: RegExp])[] = [
  // What follows CLONE is known to it where nothing else does.
  [
    'CREATE <object> ... CLONE',
    /^create or replace (transient )?(schema|database) "[^;]+ clone "[^;]+ at ?\(timestamp => [^;]+ ignore tables with insufficient data retention$/,
  ],
  ['CREATE TABLE', /^create or replace (transient )?table "[^;]+ clone "[^;]+ copy grants$/],
  [
    'GRANT <privileges>',
    /^grant [a-z ]+ on future [a-z ]+ in schema "[^;]+ to (database )?role "[^"]+"( with grant option)?$/i,
  ],
  ['GRANT OWNERSHIP', /^grant ownership on (table|view) "[^;]+ to role "[^"]+" (copy|revoke) current grants$/i],
  // sqlglot reads ALTER of tables, views and a few other things, and of no container.
  ['ALTER DATABASE', /^alter database "[^"]+" (swap with|rename to) "[^"]+"$/],
  ['ALTER DATABASE', /^alter database "[^"]+" (set|unset) (tag )?[^;]+$/],
  ['ALTER SCHEMA', /^alter schema "[^"]+"\."[^"]+" (swap with|rename to) "[^"]+"\."[^"]+"$/],
  ['ALTER SCHEMA', /^alter schema "[^"]+"\."[^"]+" ((set|unset) [^;]+|(enable|disable) managed access)$/],
  [
    'ALTER TABLE ... ALTER COLUMN',
    /^alter table "[^;]+ modify column "[^;]+ set (tag|(masking|projection) policy) "[^;]+$/i,
  ],
  // It has no grammar for SHOW of grants, policies and other objects.
  ['SHOW <objects>', /^show ((masking|row access|aggregation|projection|join) policies|streams|tags) in account$/],
  ['SHOW <objects>', /^show (alerts|database roles|pipes|stages|tasks) in (database|schema) "[^;]+$/],
  ['SHOW PARAMETERS', /^show parameters in (database|schema) "[^;]+$/],
  ['SHOW GRANTS', /^show (future |inherited )?grants (in|on) (database|schema|table|view) "/],
];

/** Of what lastgreen has sent to this server everything is a statement of Snowflake's dialect. */
export async function expectReadable(control: Control): Promise<void> {
  const own = ({ tag }: { readonly tag: string }): boolean => tag.includes('"app":"lastgreen"');
  expect((await control.statements()).filter(own).length).toBeGreaterThan(0);
  const known = (sql: string): boolean => unknownToSqlglot.some(([, pattern]) => pattern.test(sql));
  const unreadable = (await control.unreadableStatements()).filter(own);
  expect(unreadable.filter(({ sql, error }) => error !== 'it is kept as text' || !known(sql))).toEqual([]);
}
