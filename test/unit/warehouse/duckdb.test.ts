import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relation } from '../../../src/domain/relation.ts';
import {
  identifier,
  indexText,
  literal,
  qualified,
  tableText,
  viewQuery,
} from '../../../src/warehouse/duckdb/dialect.ts';
import { toWarehouseError } from '../../../src/warehouse/duckdb/errors.ts';
import { explain } from '../../../src/warehouse/duckdb/explain.ts';
import { foundIn } from '../../../src/warehouse/duckdb/found.ts';
import { layoutOf } from '../../../src/warehouse/duckdb/layout.ts';
import { queriesRead } from '../../../src/warehouse/duckdb/reads.ts';
import { rowsOf } from '../../../src/warehouse/duckdb/rows.ts';

const file = { location: '/data/shop.duckdb', database: 'shop', schema: null };
const idle = { ...file, location: '/data/.shop.lastgreen/green/shop.duckdb' };
const relation = (schema: string, name: string): Relation => ({ ...file, schema, identifier: name });

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
});
afterAll(() => instance.closeSync());

async function run(...statements: readonly string[]) {
  const connection = await instance.connect();
  let rows: readonly Readonly<Record<string, unknown>>[] = [];
  for (const sql of statements) rows = rowsOf(await connection.runAndReadAll(sql));
  connection.closeSync();
  return rows;
}

describe('names in DuckDB SQL', () => {
  it('come back as they were, whatever they are made of', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        expect(await run(`select ${literal(text)} as ${identifier(text)}`)).toEqual([{ [text]: text }]);
      }),
      { numRuns: 60, examples: [['__proto__']] },
    );
  });

  it('are put in place of others in the engine’s own texts', () => {
    const to = relation('a b', 'c"d');
    expect(tableText('CREATE TABLE "x.y"."z(1"(id INTEGER, t VARCHAR);', to)).toBe(
      `CREATE TABLE ${qualified(to)}(id INTEGER, t VARCHAR);`,
    );
    expect(tableText('CREATE TEMP THING x', to)).toBeNull();
    expect(indexText('CREATE UNIQUE INDEX i ON "x.y".z(id);', to)).toBe(
      `CREATE UNIQUE INDEX i ON ${qualified(to)}(id);`,
    );
    expect(viewQuery('CREATE VIEW "x.y".v AS SELECT \' AS \';')).toBe("SELECT ' AS '");
    expect(viewQuery('CREATE VIEW v (a, "b)") AS SELECT 1, 2;')).toBe('SELECT * FROM (SELECT 1, 2) AS named(a, "b)")');
    expect(viewQuery('CREATE TABLE v(a INTEGER);')).toBeNull();
  });
});

describe('what a DuckDB view reads', () => {
  const reads = async (...views: readonly string[]) => {
    await run("attach ':memory:' as shop");
    try {
      await run(
        'use shop',
        'create schema s',
        'create table t (id int)',
        'create table s.t (id int)',
        'create table u (id int)',
        'create macro plus(a) as a + (select count(*) from u)',
        'create macro few(n) as table select * from t where id = n',
        ...views,
      );
      const connection = await instance.connect();
      const read = await queriesRead(connection, await foundIn(connection, file));
      connection.closeSync();
      const found = read.find(([one]) => one.relation.identifier === 'v')?.[1];
      return found === 'unreadable' || found === undefined
        ? found
        : found.map(({ schema, identifier: name }) => `${schema}.${name}`);
    } finally {
      await run('use memory', 'detach shop');
    }
  };

  it.each<[string, string, readonly string[]]>([
    ['tables and their joins', 'create view v as select * from t join shop.main.u using (id)', ['main.t', 'main.u']],
    [
      'subqueries, wherever they are',
      'create view v as select (select max(id) from u) from t where exists (from s.t)',
      ['main.u', 'main.t', 's.t'],
    ],
    [
      'no names that are its own',
      'create view v as with a as (select * from t), b as (from a) select * from b, a',
      ['main.t'],
    ],
    [
      'a table of the same name as a CTE where it means that',
      'create view v as with u as (select * from u) from u',
      ['main.u'],
    ],
    [
      'what a recursive CTE starts from',
      'create view v as with recursive r as (select id from t union all select id + 1 from r) from r',
      ['main.t'],
    ],
    ['macros', 'create view v as select plus(1), * from few(2)', ['main.plus', 'main.few']],
    ['its own schema first', 'create view s.v as select * from t', ['s.t']],
    ['nothing', 'create view v as select 1 as one', []],
  ])('names %s', async (_, sql, expected) => {
    expect(new Set([await reads(sql)].flat())).toEqual(new Set(expected));
  });

  it('is unreadable where a name is made up when it runs', async () => {
    expect(await reads("create view v as select * from query('from t')")).toBe('unreadable');
  });
});

describe('values from DuckDB', () => {
  it('are plain, exact, and dates and times are ISO text', async () => {
    const [row] =
      await run(`select 1::utinyint as small, 12345678901234567890::hugeint as huge, 0.10::decimal(4, 2) as d,
      1234567890123456.78::decimal(20, 2) as wide, timestamptz '2026-01-02 03:04:05+02' as tz, timestamp_s '2026-01-02 03:04:05' as s,
      [1::bigint, null] as l, {'a': date '2026-01-02'} as st, map {'k': 1.5} as m, 'ab'::blob as b, interval 1 day as i,
      'nan'::double as nan, union_value(k := 2) as un, '1010'::bit as bits`);
    expect(row).toEqual({
      small: 1,
      huge: '12345678901234567890',
      d: 0.1,
      wide: '1234567890123456.78',
      tz: '2026-01-02T01:04:05Z',
      s: '2026-01-02T03:04:05',
      l: [1, null],
      st: { a: '2026-01-02' },
      m: [{ key: 'k', value: 1.5 }],
      b: 'YWI=',
      i: '1 day',
      nan: Number.NaN,
      un: 2,
      bits: '1010',
    });
  });
});

describe('errors of DuckDB and of files', () => {
  const errno = (code: string) => Object.assign(new Error(code), { code, syscall: 'open', path: '/x' });
  it.each([
    [
      new Error(
        'IO Error: Could not set lock on file "/x": Conflicting lock is held in /usr/bin/python3 (PID 42). See',
      ),
      'busy',
    ],
    [new Error('IO Error: Could not set lock on file "/x": something else'), 'busy'],
    [new Error('Catalog Error: Table with name t does not exist!'), 'missing'],
    [new Error('Parser Error: syntax error'), 'refused'],
    [new Error('Out of Memory Error: failed to allocate'), 'down'],
    [errno('EACCES'), 'denied'],
    [errno('ENOENT'), 'missing'],
    [errno('ENOSPC'), 'refused'],
  ])('have a class: %s', (error, is) => {
    expect(toWarehouseError(error)).toMatchObject({ name: 'WarehouseError', is });
  });

  it('tell who holds a file', () => {
    const error = new Error(
      'IO Error: Could not set lock on file "/x": Conflicting lock is held in /usr/bin/python3 (PID 42). See',
    );
    expect(toWarehouseError(error)).toMatchObject({ detail: { pid: 42, file: '/x' } });
  });

  it('that are none of theirs stay what they are', () => {
    const bug = new TypeError('x is undefined');
    expect(toWarehouseError(bug)).toBe(bug);
  });
});

describe('an explanation for DuckDB', () => {
  const layout = layoutOf(file, idle);
  it('reads as a person would type it', () => {
    const point = {
      do: 'point',
      name: file,
      to: { ...file, location: '/data/.shop.lastgreen/r42/shop.duckdb' },
      was: null,
    } as const;
    expect(
      explain(layout, { ...point, before: [], after: [] })
        .split('\n')
        .slice(-2),
    ).toEqual([
      'ln -s .shop.lastgreen/marks/N/shop.duckdb /data/.shop.lastgreen/fence.N/next',
      'mv -T /data/.shop.lastgreen/fence.N/next /data/shop.duckdb',
    ]);
    expect(explain(layout, { ...point, to: idle, before: [], after: [] }).split('\n')).toEqual(
      expect.arrayContaining([
        'mv -T /data/.shop.lastgreen/green /data/.shop.lastgreen/rN',
        'ln -s ../../rN/shop.duckdb /data/.shop.lastgreen/marks/N/shop.duckdb',
      ]),
    );
    expect(explain(layout, { do: 'copy', from: file, id: null, to: idle })).toContain(
      'cp --reflink=auto /data/shop.duckdb /data/.shop.lastgreen/green/shop.duckdb',
    );
    const odd = { location: idle.location, database: 'shop', schema: 'a.b', identifier: 'c.d' };
    const copied = explain(layout, { do: 'copy', from: { ...odd, location: "/da'ta/shop.duckdb" }, id: null, to: odd });
    expect(copied).toContain('"shop"."a.b"."c.d"');
    expect(copied).toContain(`FROM "source"."a.b"."c.d"`);
    expect(copied).toContain(`ATTACH '/da''ta/shop.duckdb'`);
  });
});
