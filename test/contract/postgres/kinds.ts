import type { Kind } from '../warehouse/house.ts';

const rows = (q: (name: string) => string, name: string) => `select * from ${q(name)} as t order by t::text`;

const refuses = (what: string) => ({ refuses: { seed: new RegExp(`is ${what}: it has no copy`) } });

export const postgresKinds: readonly Kind[] = [
  {
    kind: 'table',
    make: (q, name) => [`create table ${q(name)} as select id, 'x'::text as t from generate_series(0, 2) id`],
    change: (q, name) => [`update ${q(name)} set t = 'y' where id = 1`],
    ask: rows,
  },
  {
    kind: 'table with keys, checks, defaults, a generated and a dropped column',
    make: (q, name) => [
      `create table ${q(name)} (
        id integer primary key check (id > 0), gone text, "Group" text not null default 'it''s',
        twice integer generated always as (id * 2) stored, unique ("Group"))`,
      `alter table ${q(name)} drop column gone`,
      `insert into ${q(name)} (id) values (1)`,
    ],
    change: (q, name) => [`insert into ${q(name)} (id, "Group") values (2, 'b')`],
    ask: rows,
  },
  {
    kind: 'table with identity and serial columns',
    make: (q, name) => [
      `create table ${q(name)} (a integer generated always as identity (start 5), b serial, t text)`,
      `insert into ${q(name)} (t) values ('first')`,
    ],
    change: (q, name) => [`insert into ${q(name)} (t) values ('next')`],
    ask: rows,
  },
  {
    kind: 'table with indexes, storage options and statistics targets',
    make: (q, name) => [
      `create table ${q(name)} (id integer, t text) with (fillfactor = 70)`,
      `alter table ${q(name)} alter column t set storage external, alter column id set statistics 500`,
      `create index "an index" on ${q(name)} (lower(t)) where id > 1`,
      `insert into ${q(name)} values (1, 'a'), (2, 'b')`,
    ],
    change: (q, name) => [`delete from ${q(name)} where id = 1`],
    ask: (q, name) =>
      `select c.reloptions::text as options, (select count(*) from pg_index i where i.indrelid = c.oid) as indexes,
        (select string_agg(a.attstattarget::text || a.attstorage::text, ',' order by a.attnum) from pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0) as columns,
        (select count(*) from ${q(name)}) as n
      from pg_class c where c.oid = '${q(name).replaceAll("'", "''")}'::regclass`,
  },
  {
    kind: 'unlogged table',
    make: (q, name) => [`create unlogged table ${q(name)} (id integer)`, `insert into ${q(name)} values (1)`],
    change: (q, name) => [`insert into ${q(name)} values (2)`],
    ask: (q, name) =>
      `select relpersistence::text as persistence, (select count(*) from ${q(name)}) as n
      from pg_class where oid = '${q(name).replaceAll("'", "''")}'::regclass`,
  },
  {
    kind: 'view',
    make: (q, name) => [
      `create table ${q('base')} as select 1 as id`,
      `create view ${q(name)} as select * from ${q('base')}`,
    ],
    change: (q, name) => [
      `drop view if exists ${q(name)}`,
      `create view ${q(name)} as select id + 1 as id, 'more' as t from ${q('base')}`,
    ],
    ask: rows,
    needs: (q) => [`create table ${q('base')} as select 1 as id`],
    ...refuses('no table'),
  },
  {
    kind: 'materialized view',
    make: (q, name) => [
      `create table ${q('base')} as select 1 as id`,
      `create materialized view ${q(name)} as select * from ${q('base')}`,
    ],
    change: (q, name) => [
      `drop materialized view if exists ${q(name)}`,
      `create materialized view ${q(name)} as select id + 1 as id from ${q('base')}`,
    ],
    ask: rows,
    needs: (q) => [`create table ${q('base')} as select 1 as id`],
    ...refuses('a materialized view'),
  },
  {
    kind: 'function',
    make: (q, name) => [
      `create function ${q(name)}(n integer, times integer default 10) returns integer language sql as 'select n * times'`,
    ],
    change: (q, name) => [
      `drop function if exists ${q(name)}`,
      `create function ${q(name)}(n integer) returns bigint language plpgsql as 'begin return n * 20; end'`,
    ],
    ask: (q, name) => `select ${q(name)}(2) as n`,
    ...refuses('a function'),
  },
  {
    kind: 'function that names what it reads',
    make: (q, name) => [
      `create table ${q('base')} as select 1 as id`,
      `create function ${q(name)}() returns bigint language sql as $$ select count(*) from ${q('base')} -- of ${q('base')} $$`,
    ],
    change: (q, name) => [
      `drop function if exists ${q(name)}`,
      `drop table if exists ${q('base')}`,
      `create table ${q('base')} as select generate_series(1, 3) as id`,
      `create function ${q(name)}() returns bigint language sql as $$ select sum(id) from ${q('base')} $$`,
    ],
    ask: (q, name) => `select ${q(name)}() as n`,
    ...refuses('a function'),
  },
  {
    kind: 'table that becomes a view',
    make: (q, name) => [`create table ${q(name)} as select 1 as id`],
    change: (q, name) => [`drop table if exists ${q(name)}`, `create view ${q(name)} as select 2 as id`],
    ask: rows,
  },
];
