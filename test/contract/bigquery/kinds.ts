import type { Kind } from '../warehouse/house.ts';

const rows = (q: (name: string) => string, name: string) => `select * from ${q(name)} order by 1`;

export const bigqueryKinds: readonly Kind[] = [
  {
    kind: 'table',
    make: (q, name) => [`create table ${q(name)} as select id, 'x' as t from unnest([0, 1, 2]) as id`],
    change: (q, name) => [`update ${q(name)} set t = 'y' where id = 1`],
    ask: rows,
  },
  {
    kind: 'partitioned and clustered table',
    make: (q, name) => [
      `create table ${q(name)} (id int64 not null, day date, t string options (description = 'a text')) partition by day cluster by id options (description = 'days', labels = [('kind', 'days')], partition_expiration_days = 9000, require_partition_filter = false)`,
      `insert into ${q(name)} values (1, date '2026-01-01', 'a'), (2, date '2026-01-02', 'b')`,
    ],
    change: (q, name) => [`insert into ${q(name)} values (3, date '2026-01-03', 'c')`],
    ask: rows,
  },
  {
    kind: 'table of nested columns',
    make: (q, name) => [
      `create table ${q(name)} as select 1 as id, struct('a' as t, [1, 2] as numbers) as inside, cast('1.5' as numeric) as price`,
    ],
    change: (q, name) => [`insert into ${q(name)} select 2, struct('b', [3]), cast('2.5' as numeric)`],
    ask: (q, name) => `select id, inside.t, price from ${q(name)} order by 1`,
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
  },
  {
    kind: 'table that becomes a view',
    make: (q, name) => [`create table ${q(name)} as select 1 as id`],
    change: (q, name) => [`drop table if exists ${q(name)}`, `create view ${q(name)} as select 2 as id`],
    ask: rows,
  },
];
