import { describe, expect, it } from 'vitest';
import { callsOf, readsOf } from '../../../../src/warehouse/snowflake/text/reads.ts';

const home = { database: 'DB', schema: 'GREEN' };

const said = (relations: ReturnType<typeof readsOf>) =>
  relations === 'unreadable'
    ? relations
    : relations.map(({ database, schema, identifier }) => `${database}.${schema}.${identifier}`).join(' ');

describe('what a view reads', () => {
  it.each([
    ['names of one part in its own schema', 'select * from orders', 'DB.GREEN.ORDERS'],
    ['names of two parts in its own database', 'select * from raw.orders', 'DB.RAW.ORDERS'],
    ['names of three parts', 'select * from other.raw.orders', 'OTHER.RAW.ORDERS'],
    ['the public schema where none is written', 'select * from other..orders', 'OTHER.PUBLIC.ORDERS'],
    ['quoted names as they are', 'select * from "db"."Green"."or""ders"', 'db.Green.or"ders'],
    ['names with spaces and comments in them', 'select * from db /* . */ . green -- .\n . orders', 'DB.GREEN.ORDERS'],
    ['nothing without FROM', "select 1, 'from a', $$from b$$ -- from c\n /* from d */ // from e", ''],
    ['nothing from dual', 'select 1 from dual', ''],
    [
      'lists',
      'select * from a, b as x, c y (p, q), (d), ((e))',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C DB.GREEN.D DB.GREEN.E',
    ],
    [
      'joins of every kind',
      'select * from a natural join b left join c on left(a.x, 1) = c.x full outer join d using (x) cross join e asof join f match_condition (a.t >= f.t) inner directed join g on true, h',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C DB.GREEN.D DB.GREEN.E DB.GREEN.F DB.GREEN.G DB.GREEN.H',
    ],
    [
      'joins whose conditions come later',
      'select * from a join b join c on b.x = c.x on a.x = b.x',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C',
    ],
    [
      'joins in brackets',
      'select * from (a join (b join c on true) on true), d',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C DB.GREEN.D',
    ],
    [
      'subqueries',
      'select (select 1 from a), f(select 2 from b) from (select * from c) as x where exists (select 1 from d)',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C DB.GREEN.D',
    ],
    [
      'queries with several columns in IN',
      'select * from a where (x, y) in (select x, y from b) or x = any (select x from c)',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C',
    ],
    [
      'unions in brackets',
      'select * from ((select 1 from a) union all (select 2 from b) order by 1)',
      'DB.GREEN.A DB.GREEN.B',
    ],
    [
      'a join that begins with a subquery',
      'select * from ((select 1 as x from a) s join b on s.x = b.x)',
      'DB.GREEN.A DB.GREEN.B',
    ],
    [
      'all branches',
      'select 1 from a union all by name select 2 from b minus select 3 from c intersect (select 4 from d) except select 5 from e',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C DB.GREEN.D DB.GREEN.E',
    ],
    ['lateral subqueries', 'select * from a, lateral (select * from b where b.x = a.x) l', 'DB.GREEN.A DB.GREEN.B'],
    [
      'what functions are given',
      "select * from a, lateral flatten(input => (select v from b)) f, table(split_to_table(a.x, ',')), table(my.udtf(a.x) over (partition by a.y))",
      'DB.GREEN.A DB.GREEN.B',
    ],
    ['a table as an argument', 'select * from table(my.udtf(table(select * from a)))', 'DB.GREEN.A'],
    [
      'values, and what comes after',
      'select * from values (1, (select max(x) from a)), (true, 2) as v (x, y), b',
      'DB.GREEN.A DB.GREEN.B',
    ],
    [
      'files in stages as nothing',
      "select $1:a.b::int from @db.raw.files/a/b.json (file_format => 'raw.json', pattern => '.*') f, a",
      'DB.GREEN.A',
    ],
    [
      'names in strings that are names',
      `select * from identifier('raw."a"') x, table($$DB.RAW.B$$)`,
      'DB.RAW.a DB.RAW.B',
    ],
    [
      'earlier times',
      "select * from a at (offset => -60) x, b before (statement => 'from c'), d changes (information => default) at (timestamp => '2024-01-01'::timestamp) end (offset => -1)",
      'DB.GREEN.A DB.GREEN.B DB.GREEN.D',
    ],
    [
      'samples',
      'select * from a sample (10), b tablesample block (3) seed (1) as x, c sample row (5 rows)',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C',
    ],
    [
      'pivots',
      'select * from a pivot (sum(x) for y in (select distinct y from b)) as p unpivot include nulls (v for k in (p, q)) as u, c',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C',
    ],
    [
      'patterns',
      'select * from a match_recognize (partition by x order by y measures last(z) as z pattern (^ s+ {- t* -} u{1,3} $) define s as z > (select 1 from b)) m, c',
      'DB.GREEN.A DB.GREEN.B DB.GREEN.C',
    ],
    [
      'hierarchies',
      'select * from a start with x = (select min(x) from b) connect by prior x = y',
      'DB.GREEN.A DB.GREEN.B',
    ],
    [
      'what is behind a FROM that is none',
      "select extract(year from a.x), trim(' ' from y), nth_value(x, 2) from last ignore nulls over (order by 1), x is not distinct from y from a",
      'DB.GREEN.A',
    ],
    [
      'what is behind a path that looks like a clause',
      "select v:from.b, v:a[0].from, {'from': a.v:select} from a",
      'DB.GREEN.A',
    ],
    [
      'what is behind words that may be names',
      'select limit, offset, start, v:limit 5 from a where limit > 1 limit 10 offset 2',
      'DB.GREEN.A',
    ],
    ['outer joins as they were once written', 'select * from a, b where a.x = b.x(+)', 'DB.GREEN.A DB.GREEN.B'],
    ['what is behind paths of all kinds', 'select $1:from.b, f(x):from, v[0]:from, v:a.from from a', 'DB.GREEN.A'],
    [
      'called like words of a function',
      'select max(x) from last, (select 1 from first over)',
      'DB.GREEN.LAST DB.GREEN.FIRST',
    ],
    ['before a count of rows', 'select fetch from a fetch first 5 rows only', 'DB.GREEN.A'],
    ['before a count without words', 'select 1 from a where x = 1 fetch 5', 'DB.GREEN.A'],
    ['called like a word, in quotes', 'select 1 from "SELECT" as "FROM"', 'DB.GREEN.SELECT'],
    [
      'before lists that sort and group',
      'select 1 from a group by x, (select 1 from b) order by x, y',
      'DB.GREEN.A DB.GREEN.B',
    ],
    ['not what is asked of a schema', 'select 1 from table(information_schema.query_history()), a', 'DB.GREEN.A'],
    ['a schema that every database has', 'select * from information_schema.tables', 'DB.INFORMATION_SCHEMA.TABLES'],
  ])('are %s', (_, query, reads) => {
    expect(said(readsOf(query, home))).toBe(reads);
  });

  it.each([
    ['a table is hidden by a name of WITH', 'with orders as (select 1) select * from orders', ''],
    ['not when it is qualified', 'with orders as (select 1) select * from green.orders', 'DB.GREEN.ORDERS'],
    ['not when it is written in another case', 'with orders as (select 1) select * from "orders"', 'DB.GREEN.orders'],
    ['its own query sees the table', 'with orders as (select * from orders) select * from orders', 'DB.GREEN.ORDERS'],
    [
      'its own query sees an earlier one',
      'with a as (select 1), b as (with a as (select * from a) select * from a) select * from b',
      '',
    ],
    [
      'an earlier query sees the table',
      'with a as (select * from b), b as (select 1) select * from a, b',
      'DB.GREEN.B',
    ],
    [
      'a name ends with the brackets that it is in',
      'select * from (with a as (select 1) select * from a), a',
      'DB.GREEN.A',
    ],
    [
      'a name is known in all branches and below',
      'with a as (select 1) select * from a union select (select max(1) from a), 2 from (select * from a)',
      '',
    ],
    [
      'a recursion reads itself',
      'with recursive t (n) as (select n from s union all select n + 1 from t) select * from t',
      'DB.GREEN.S',
    ],
    [
      'a recursion needs no word for it',
      'with t (n) as (select n from s union all select n + 1 from t join u using (n)) select * from t',
      'DB.GREEN.S DB.GREEN.U',
    ],
    ['a table may be called recursive', 'with recursive as (select 1) select * from recursive, t', 'DB.GREEN.T'],
  ])('%s', (_, query, reads) => {
    expect(said(readsOf(query, home))).toBe(reads);
  });

  it.each([
    ['a name in a variable', 'select * from identifier($name)'],
    ['a name that is put together', "select * from identifier('a' || 'b')"],
    ['a part of a name that is computed', "select * from db.identifier('x')"],
    ['a name with escapes', "select * from identifier('a\\'b')"],
    ['a name in a bind variable', 'select * from table(:name)'],
    ['a name that may be a variable', 'select * from table(name)'],
    ['a function that is computed', "select identifier('f')(1) from a"],
    ['the result of another query', 'select * from table(result_scan(last_query_id()))'],
    ['a query in a string', "select * from table(to_query('select * from a'))"],
    ['an object in a string', "select system$reference('table', 'a') from b"],
    ['objects by their names', "select * from table(information_schema.tag_references('a', 'table'))"],
    ['a table as an argument', 'select * from table(m!forecast(input_data => table(a)))'],
    ['one object in a string', "select system$clustering_depth('a') from b"],
    ['a word where a relation should be', 'select 1 from where x = 1'],
    ['a lateral relation', 'select 1 from a, lateral b'],
    ['a relation behind TABLE', 'select 1 from table a'],
    ['a name that does not end', 'select 1 from a. where x = 1'],
    ['a method', 'select 1 from m!predict'],
    ['a row that may be a relation', 'select 1 from values (1), (a)'],
    ['columns that are not in brackets', 'select 1 from a join b using x'],
    ['more behind a name in a string', "select 1 from identifier('a').b"],
    ['a call of a name in a string', "select 1 from identifier('a')(1)"],
    ['no name in a string', "select 1 from identifier('a b')"],
    ['nothing in a string', "select 1 from identifier('')"],
    ['a format that is put together', "select $1 from @files (file_format => 'a' || 'b')"],
    ['a format that is written otherwise', "select $1 from @files (file_format = 'a')"],
    ['a semantic view', 'select * from semantic_view(a metrics b.c)'],
    ['a stream by its name', "select * from a at (stream => 's')"],
    ['the stage of a table', 'select $1 from @%orders'],
    ['files by a string', "select $1 from '@files/a'"],
    ['the result of the statement before', 'show tables ->> select * from $1'],
    ['more than a query', 'select 1 from a; select 2 from b'],
    ['what is no query', 'insert into a select * from b'],
    ['FROM twice', 'select 1 from a where x = 1 from b'],
    ['a list behind a condition', 'select 1 from a where x = 1, b'],
    ['a list behind LIMIT', 'select 1 from a limit 1, b'],
    ['a name of four parts', 'select 1 from a.b.c.d'],
    ['a recursion that may be none', 'with t as (select * from t union all select 1) select * from t'],
    [
      'a recursion in a subquery',
      'with recursive t as (select * from (select 1 union all select 2 from t)) select * from t',
    ],
    ['one name twice', 'with a as (select 1), a as (select 2) select * from a'],
    ['a string that is not closed', "select 'a from b"],
    ['a string whose end is escaped', "select 'a\\' from b"],
    ['an identifier that is not closed', 'select "a from b'],
    ['a comment that is not closed', 'select 1 /* from a'],
    ['brackets that are not closed', 'select (1 from a'],
    ['brackets that do not match', 'select [1) from a'],
    ['letters that may fold in another way', 'select * from größe'],
    ['a comment that ends in an odd way', 'select 1 -- a\r from b'],
    ['quotes of another dialect', 'select * from `a`'],
    ['nothing', ' -- nothing\n'],
    ['a name that a string may begin in', 'select a$$ from b, c$$ from d'],
    ['brackets that nobody could have meant', `select ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ])('are not known of %s', (_, query) => {
    expect(readsOf(query, home)).toBe('unreadable');
  });

  it('are beside the functions that it calls, whatever those read', () => {
    const query = 'select other.s.f(x), g(y) from a, table(raw.h(a.z)) where x in (1, 2)';
    expect(said(callsOf(query, home))).toBe('OTHER.S.F DB.GREEN.G DB.RAW.H');
  });
});
