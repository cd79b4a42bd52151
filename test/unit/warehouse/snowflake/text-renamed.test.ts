import { describe, expect, it } from 'vitest';
import type { Relation } from '../../../../src/domain/relation.ts';
import { renamed } from '../../../../src/warehouse/snowflake/text/renamed.ts';
import { renamedView } from '../../../../src/warehouse/snowflake/text/renamed-view.ts';
import { withoutDatabase } from '../../../../src/warehouse/snowflake/text/without-database.ts';

const green = { database: 'DB', schema: 'GREEN' };
const live = { database: 'DB', schema: 'LIVE' };
const named = (schema: string, identifier: string, database = 'DB'): Relation => ({
  location: '',
  database,
  schema,
  identifier,
});
const names = [
  [named('GREEN', 'ORDERS'), named('LIVE', 'ORDERS')],
  [named('GREEN', 'LINES'), named('LIVE', 'order lines')],
] as const;

const text = (result: ReturnType<typeof renamed>): string => (result === 'unreadable' ? result : result.query);

describe('a view that is renamed', () => {
  it.each([
    ['in FROM', 'select * from db.green.orders', 'select * from db.LIVE.orders'],
    ['in two parts', 'select * from green.orders o', 'select * from LIVE.orders o'],
    ['with its own home', 'select orders.id from orders', 'select orders.id from orders'],
    ['with quotes where they are needed', 'select * from db.green.lines', 'select * from db.LIVE."order lines"'],
    ['where one part would not say enough', 'select * from lines l', 'select * from LIVE."order lines" l'],
    [
      'in strings that are names',
      "select * from identifier('db.green.orders'), table($$green.lines$$)",
      `select * from identifier('db.LIVE.orders'), table($$LIVE."order lines"$$)`,
    ],
    [
      'and no string, comment, alias or path besides',
      'select \'green.orders\' as "green", v:green.orders /* green.orders */ from green.orders green -- green.orders',
      'select \'green.orders\' as "green", v:green.orders /* green.orders */ from LIVE.orders green -- green.orders',
    ],
    [
      'before columns',
      'select db.green.orders.id, green.orders.*, orders.$1, orders.v:green.x, count(orders.*) from db . green.orders',
      'select db.LIVE.orders.id, LIVE.orders.*, orders.$1, orders.v:green.x, count(orders.*) from db . LIVE.orders',
    ],
    [
      'before columns by its new name',
      "select lines.id, {'a': green.lines.b, 'c': {lines.*}} from green.lines where lines.x(+) = 1",
      'select "order lines".id, {\'a\': LIVE."order lines".b, \'c\': {"order lines".*}} from LIVE."order lines" where "order lines".x(+) = 1',
    ],
    [
      'before columns of an outer query',
      'select (select max(lines.x) from raw.a where a.id = lines.id) from green.lines',
      'select (select max("order lines".x) from raw.a where a.id = "order lines".id) from LIVE."order lines"',
    ],
    [
      'not where an alias has its name',
      'select lines.id from raw.a as lines, green.lines as x',
      'select lines.id from raw.a as lines, LIVE."order lines" as x',
    ],
    [
      'not where WITH made its name',
      'with orders as (select * from green.orders) select orders.id from orders',
      'with orders as (select * from LIVE.orders) select orders.id from orders',
    ],
    [
      'in every branch',
      'select 1 from green.orders union all (select 2 from green.lines)',
      'select 1 from LIVE.orders union all (select 2 from LIVE."order lines")',
    ],
  ])('reads the new names %s', (_, before, after) => {
    expect(text(renamed(before, green, live, names))).toBe(after);
  });

  it.each([
    ['one part', 'select t.x from t', 'select t.x from DB.GREEN.t'],
    [
      'two parts',
      'select s.t.x from s.t join information_schema.tables',
      'select DB.s.t.x from DB.s.t join DB.information_schema.tables',
    ],
    ['three parts', 'select * from db.s.t', 'select * from db.s.t'],
    ['two parts of a function', 'select s.f(x), g(x) from raw.s.t', 'select DB.s.f(x), g(x) from raw.s.t'],
  ])('means in its new home what it meant, with names of %s', (_, before, after) => {
    expect(text(renamed(before, green, { database: 'NEW', schema: 'LIVE' }, []))).toBe(after);
  });

  it('calls functions by their new names where it is told them', () => {
    const functions = [[named('GREEN', 'F'), named('LIVE', 'F2')]] as const;
    const result = renamed('select f(1), green.f(2), db.green.f(3), upper(4)', green, live, [], { functions });
    expect(text(result)).toBe('select F2(1), LIVE.F2(2), db.LIVE.F2(3), upper(4)');
  });

  it.each([
    ['a relation that stays behind', 'select * from green.orders, green.other'],
    ['one that stays behind, in one part', 'select * from orders, other'],
    ['a function', 'select green.f(1) from green.orders'],
    ['a table function', 'select * from green.orders, table(db.green.f(1))'],
    ['a sequence', 'select green.s.nextval from green.orders'],
    ['a sequence of its home', 'select s.nextval from green.orders'],
    ['a stage', 'select $1 from @db.green.files'],
    ['a stage of its home', 'select $1 from @files/a.csv'],
    ['the format of files', "select $1 from @db.raw.files (file_format => 'green.csv')"],
    ['a model', 'select green.m!predict(1) from green.orders'],
    ['a column of something unknown', 'select green.lost.x from green.orders'],
    ['a column in a string', "select identifier('green.orders.x') from green.orders"],
  ])('is refused where it still names the old side: %s', (_, query) => {
    expect(renamed(query, green, live, names)).toBe('unreadable');
  });

  it('is refused where a new name cannot stand in a string', () => {
    const odd = [[named('GREEN', 'ORDERS'), named('LIVE', "order's")]] as const;
    expect(renamed("select * from identifier('green.orders')", green, live, odd)).toBe('unreadable');
  });

  it('keeps what may stay behind, when it is told so', () => {
    expect(text(renamed('select * from green.orders, other', green, live, names, { gone: [] }))).toBe(
      'select * from LIVE.orders, GREEN.other',
    );
    const gone = [{ database: 'RAW', schema: null }];
    expect(renamed('select * from raw.s.t', green, live, [], { gone })).toBe('unreadable');
  });

  it.each([
    ['an alias beside it has the new name', 'select lines.x from green.lines, raw.a as "order lines"'],
    ['an alias further in has the new name', 'select (select lines.x from raw.a as "order lines") from green.lines'],
    [
      'the new name hides an alias further out',
      'select (select "order lines".x from green.lines) from raw.a "order lines"',
    ],
    ['the new name is that of another relation', 'select lines.x from green.lines, raw."order lines"'],
    ['the name is that of two relations', 'select orders.x from green.orders, raw.orders'],
  ])('is refused where a column would be of something else: %s', (_, query) => {
    expect(renamed(query, green, live, names)).toBe('unreadable');
  });

  it('changes the places of two sides at once', () => {
    const both = [
      [named('A', 'T'), named('B', 'T')],
      [named('B', 'T'), named('A', 'T')],
    ] as const;
    const swapped = 'select A.t.x, B.t.x from A.t join B.t';
    expect(text(renamed(swapped, green, green, both))).toBe('select B.t.x, A.t.x from B.t join A.t');
  });
});

describe('a view without the name of its database', () => {
  it.each([
    ['in FROM', 'select * from db.green.orders, DB_GREEN . s . "t"', 'select * from green.orders, s . "t"'],
    [
      'before columns',
      'select db.s.t.x, db.s.t.*, "DB".x from db.s.t, other.db.t as db',
      'select s.t.x, s.t.*, "DB".x from s.t, other.db.t as db',
    ],
    ['before functions', 'select db.s.f(1) from table(db.s.g(2))', 'select s.f(1) from table(s.g(2))'],
    ['in strings that are names', "select * from identifier('db.s.t')", "select * from identifier('s.t')"],
    ['where the schema is left out', 'select * from db..t', 'select * from PUBLIC.t'],
    [
      'and nothing of other databases',
      "select 'db.s.t' from other.db.t -- db.s.t",
      "select 'db.s.t' from other.db.t -- db.s.t",
    ],
  ])('has two parts %s', (_, before, after) => {
    expect(text(withoutDatabase(before, green, ['DB', 'DB_GREEN']))).toBe(after);
  });

  it.each([
    ['a sequence', 'select db.s.q.nextval'],
    ['a stage', 'select $1 from @db.s.files'],
    ['a comment within a name', 'select * from db /* . */ . s.t'],
    ['a column of something unknown', 'select db.s.lost.x from s.t'],
  ])('is refused with %s', (_, query) => {
    expect(withoutDatabase(query, green, ['DB'])).toBe('unreadable');
  });

  it('is refused in a database that is none of those', () => {
    expect(withoutDatabase('select * from db.s.t', { database: 'OTHER', schema: 'S' }, ['DB'])).toBe('unreadable');
  });
});

describe('a view with clauses', () => {
  const view = (head: string) => ({ secure: true, recursive: false, head, query: 'select * from green.orders' });
  const clauses = (objects: string): string =>
    `(a with masking policy ${objects}.p using (a), b tag (${objects}.t = 'x', ${objects}.u = 'y')) with contact (steward = ${objects}.c) with row access policy ${objects}.r on (b)`;

  it('keeps them when they mean the same for every session', () => {
    const before = view(clauses('db.rules'));
    expect(renamedView(before, green, live, names)).toEqual({ ...before, query: 'select * from LIVE.orders' });
    expect(renamedView(view("(tag, policy comment 'x')"), green, live, names)).not.toBe('unreadable');
  });

  it.each([
    ['a session decides what a policy of rows means', view('row access policy rules.r on (a)')],
    ['a session decides what a policy of a column means', view('(a masking policy m)')],
    ['a session decides what a contact means', view('with contact (steward = c)')],
    ['a tag is not named in full', view("with tag (db.rules.a = 'x', rules.b = 'y')")],
    ['they are on the old side', view(clauses('db.green'))],
    ['its query is', { ...view(''), query: 'select * from green.other' }],
  ])('is refused where %s', (_, before) => {
    expect(renamedView(before, green, live, names)).toBe('unreadable');
  });
});
