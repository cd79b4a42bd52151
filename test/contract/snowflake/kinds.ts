import type { Kind } from '../warehouse/house.ts';

const rows = (q: (name: string) => string, name: string) => `select * from ${q(name)} order by 1`;

const refuses = (what: string) => ({ refuses: { seed: new RegExp(`is a ${what}: only tables have a clone`) } });

export const snowflakeKinds: readonly Kind[] = [
  {
    kind: 'table',
    make: (q, name) => [`create table ${q(name)} as select column1 as id, 'x' as t from values (0), (1), (2)`],
    change: (q, name) => [`update ${q(name)} set t = 'y' where id = 1`],
    ask: rows,
  },
  {
    kind: 'transient table',
    make: (q, name) => [
      `create transient table ${q(name)} (id integer, t varchar)`,
      `insert into ${q(name)} values (1, 'a')`,
    ],
    change: (q, name) => [`insert into ${q(name)} values (2, 'b')`],
    ask: rows,
  },
  {
    kind: 'view',
    make: (q, name) => [
      `create table ${q('base')} as select 1 as id`,
      `create view ${q(name)} as select * from ${q('base')}`,
    ],
    change: (q, name) => [
      `create table if not exists ${q('base')} as select 1 as id`,
      `create or replace view ${q(name)} as select id + 1 as id, 'more' as t from ${q('base')}`,
    ],
    ask: rows,
    needs: (q) => [`create table ${q('base')} as select 1 as id`],
    says: true,
    ...refuses('view'),
  },
  {
    kind: 'secure view with comments',
    make: (q, name) => [
      `create table ${q('base')} as select 1 as id`,
      `create secure view ${q(name)} (id comment 'it''s the id') comment = 'a view' as select id from ${q('base')} -- of ${q('base')}`,
    ],
    change: (q, name) => [
      `create table if not exists ${q('base')} as select 1 as id`,
      `create or replace secure view ${q(name)} (id comment 'another') as (select id + 1 from ${q('base')});`,
    ],
    ask: rows,
    needs: (q) => [`create table ${q('base')} as select 1 as id`],
    says: true,
    ...refuses('view'),
  },
  {
    kind: 'table that becomes a view',
    make: (q, name) => [`create table ${q(name)} as select 1 as id`],
    change: (q, name) => [`drop table if exists ${q(name)}`, `create view ${q(name)} as select 2 as id`],
    ask: rows,
  },
];

/** What is otherwise where whole databases change places: a view is copied by its text, and reads what lies beside it. */
export const kindsOfDatabases: readonly Kind[] = snowflakeKinds
  .filter(({ refuses }) => refuses !== undefined)
  .map(({ refuses: _, ...kind }) => kind);
