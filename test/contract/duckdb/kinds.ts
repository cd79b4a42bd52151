import type { Kind } from '../warehouse/house.ts';
import { schema } from './house.ts';

const rows = (q: (name: string) => string, name: string) => `select * from ${q(name)} order by all`;

export const duckdbKinds: readonly Kind[] = [
  {
    kind: 'table',
    make: (q, name) => [`create table ${q(name)} as select range as id, 'x' as t from range(3)`],
    change: (q, name) => [`update ${q(name)} set t = 'y' where id = 1`],
    ask: rows,
  },
  {
    kind: 'table with keys, checks, defaults and a generated column',
    make: (q, name) => [
      `create table ${q(name)} (
        id integer primary key check (id > 0), "Group" varchar not null default 'it''s', twice integer generated always as (id * 2),
        unique ("Group"))`,
      `insert into ${q(name)} (id) values (1)`,
    ],
    change: (q, name) => [`insert into ${q(name)} (id, "Group") values (2, 'b')`],
    ask: rows,
  },
  {
    kind: 'table with nested, decimal, time zone and blob columns',
    make: (q, name) => [
      `create table ${q(name)} as select [1, 2] as l, {'a': 1, 'b c': 'x'} as s, map {'k': 1.50::decimal(18, 3)} as m,
        timestamptz '2026-01-02 03:04:05+02' as at, 'ab'::blob as b, uuid '5d2c1a6e-0f3a-4b1e-9c57-0a4f6f7a8b9c' as u, null as n`,
    ],
    change: (q, name) => [`insert into ${q(name)} (l) values ([3])`],
    ask: rows,
  },
  {
    kind: 'table with an index',
    make: (q, name) => [
      `create table ${q(name)} as select range as id from range(5)`,
      `create index "an index" on ${q(name)} (id)`,
    ],
    change: (q, name) => [`delete from ${q(name)} where id = 0`],
    ask: (q, name) =>
      `select (select count(*) from duckdb_indexes() where table_name = '${name}') as indexes, list(id) as ids from ${q(name)}`,
  },
  {
    kind: 'table with a column of an enum type',
    make: (q, name) => [
      `create type ${q('mood')} as enum ('sad', 'glad')`,
      `create table ${q(name)} as select 'sad'::"${schema}"."mood" as mood`,
    ],
    change: (q, name) => [`update ${q(name)} set mood = 'glad'`],
    ask: rows,
  },
  {
    kind: 'table with a default from a sequence',
    make: (q, name) => [
      `create sequence ${q('numbers')} start 5`,
      `create table ${q(name)} (id bigint default nextval('"${schema}"."numbers"'), t varchar)`,
      `insert into ${q(name)} (t) values ('a')`,
    ],
    change: (q, name) => [`insert into ${q(name)} (t) values ('b')`],
    ask: rows,
  },
  {
    kind: 'table that refers to another',
    make: (q, name) => [
      `create table ${q('parent')} (id integer primary key)`,
      `insert into ${q('parent')} values (1), (2)`,
      `create table ${q(name)} (id integer references ${q('parent').split('.').slice(1).join('.')} (id))`,
      `insert into ${q(name)} values (1)`,
    ],
    change: (q, name) => [`insert into ${q(name)} values (2)`],
    ask: rows,
    needs: (q) => [
      `create table ${q('parent')} (id integer primary key)`,
      `insert into ${q('parent')} values (1), (2)`,
    ],
    // DuckDB 1.5's own text of a foreign key does not quote the schema.
    refuses: { seed: /Parser Error/ },
  },
  {
    kind: 'view',
    make: (q, name) => [
      `create table ${q('base')} as select 1 as id`,
      `create view ${q(name)} as select * from ${q('base')}`,
    ],
    change: (q, name) => [`create or replace view ${q(name)} as select id + 1 as id from ${q('base')}`],
    ask: rows,
    needs: (q) => [`create table ${q('base')} as select 1 as id`],
  },
  {
    kind: 'view with names for its columns',
    make: (q, name) => [`create view ${q(name)} (a, "b c") as select 1, 2`],
    change: (q, name) => [`create or replace view ${q(name)} (a, "b c") as select 1, 3`],
    ask: rows,
  },
  {
    kind: 'macro',
    make: (q, name) => [`create macro ${q(name)}(a) as a + 1, (a, b) as a * b`],
    change: (q, name) => [`create or replace macro ${q(name)}(a) as a + 2, (a, b) as a * b`],
    ask: (_, name) => `select "${schema}"."${name}"(1) as one, "${schema}"."${name}"(3, 4) as two`,
  },
  {
    kind: 'table macro',
    make: (q, name) => [`create macro ${q(name)}(a) as table select a as id`],
    change: (q, name) => [`create or replace macro ${q(name)}(a) as table select a + 1 as id`],
    ask: (_, name) => `select * from "${schema}"."${name}"(1)`,
  },
];
