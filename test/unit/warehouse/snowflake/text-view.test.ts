import { describe, expect, it } from 'vitest';
import type { Relation } from '../../../../src/domain/relation.ts';
import { identifierText, relationText } from '../../../../src/warehouse/snowflake/text/names.ts';
import { createView, definitionOf, readView } from '../../../../src/warehouse/snowflake/text/view.ts';

const name: Relation = { location: '', database: 'DB', schema: 'LIVE', identifier: 'V' };

const definition = (text: string): string => {
  const view = readView(text);
  return view === 'unreadable' ? view : definitionOf(view);
};

/** As dbt sends it, with documented columns, grants that stay, a policy, tags and its own comment at the end. */
const typed = `/* from a tool */ create or replace   secure view analytics.prod__green."Orders"
  (
    ID COMMENT $$the order's "id"; as $$, -- as select
    "Mail" with masking policy governance.mail using ("Mail", id) comment 'it''s \\' as'
  )
  copy grants
  comment = 'all; orders'
  with row access policy governance.region on (region)
  with tag (governance.cost = 'a', team = 'b')
  change_tracking = true
as (
    select * from analytics.prod__green.stg_orders -- the last line
  );
/* {"app": "dbt"} */`;

describe('a view', () => {
  it('is read as it was typed, whatever stands around it', () => {
    expect(readView(typed)).toEqual({
      secure: true,
      recursive: false,
      head: [
        `( ID COMMENT $$the order's "id"; as $$, "Mail" with masking policy governance.mail using ("Mail", id) comment 'it''s \\' as' )`,
        'change_tracking = true',
        "comment = 'all; orders'",
        'with row access policy governance.region on (region)',
        "with tag (governance.cost = 'a', team = 'b')",
      ].join(' '),
      query: '(\n    select * from analytics.prod__green.stg_orders -- the last line\n  )',
    });
  });

  it('is written with its clauses where the grammar has them, and keeps the grants of what it replaces', () => {
    expect(createView(name, definition(typed))).toBe(
      [
        'create or replace secure view DB.LIVE.V',
        `( ID COMMENT $$the order's "id"; as $$, "Mail" with masking policy governance.mail using ("Mail", id) comment 'it''s \\' as' )`,
        "change_tracking = true copy grants comment = 'all; orders'",
        `with row access policy governance.region on (region) with tag (governance.cost = 'a', team = 'b') as\n(`,
      ].join(' ') + '\n    select * from analytics.prod__green.stg_orders -- the last line\n  )',
    );
  });

  it('has the same definition under another name, without grants, and in another order of clauses', () => {
    const other = `create view if not exists other (a, b) with tag (x = 'y') comment = 'c' as select 1, 2 -- end`;
    const same = `CREATE OR ALTER VIEW x."y".z(a, b) comment /* c */ = 'c'\n copy grants with tag (x = 'y') as\n select 1, 2;`;
    expect(definition(other)).toBe(definition(same));
    expect(definition('create or replace view a as select 1')).toBe(
      definition('create view b copy grants as select 1;'),
    );
  });

  it.each([
    ['a query alone', 'select 1', 'select 1'],
    ['a query with names', '\n with a as (select 1) select * from a ; -- end', 'with a as (select 1) select * from a'],
    ['values', 'values (1), (2)', 'values (1), (2)'],
    ['a secure view', 'create secure view a as select 1', 'secure view as\nselect 1'],
    ['a recursive view', 'create recursive view a (n) as select 1', 'recursive view (n) as\nselect 1'],
    ['a name in a string', "create view identifier('a.b') as select 1", 'select 1'],
    ['tags that are kept', 'create view a copy tags copy grants as select 1', 'view copy tags as\nselect 1'],
    [
      'policies',
      'create view a join policy p allowed join keys (x) aggregation policy q entity key (y) as select 1',
      'view aggregation policy q entity key (y) join policy p allowed join keys (x) as\nselect 1',
    ],
    [
      'a contact',
      'create view a with contact (steward = c) change_tracking = false as select 1',
      'view with contact (steward = c) change_tracking = false as\nselect 1',
    ],
  ])('has a definition that is read back: %s', (_, text, expected) => {
    expect(definition(text)).toBe(expected);
    expect(definition(expected)).toBe(expected);
    expect(definition(createView(name, expected))).toBe(expected);
  });

  it.each([
    ['a table', 'create table a as select 1'],
    ['a materialized view', 'create materialized view a as select 1'],
    ['a temporary view', 'create temporary view a as select 1'],
    ['a view without a query', 'create view a'],
    ['a view of something else', 'create view a as show tables'],
    ['a view without a name', 'create view as select 1'],
    ['an unknown clause', 'create view a with magic as select 1'],
    ['a comment that is no string', 'create view a comment = b as select 1'],
    ['one clause twice', "create view a comment = 'x' comment = 'y' as select 1"],
    ['what a copy takes along', 'create view a copy = (grants) as select 1'],
    ['two statements', 'create view a as select 1; drop view b'],
    ['what is cut off', "create view a as select 'b"],
    ['what is cut off in brackets', 'create view a as (select 1'],
    ['nothing', ''],
  ])('is not read from %s', (_, text) => {
    expect(readView(text)).toBe('unreadable');
  });

  it('is not written from what is no definition', () => {
    expect(() => createView(name, 'drop table a')).toThrow('not the definition of a view');
  });
});

describe('a name', () => {
  it.each([
    ['ORDERS', 'ORDERS'],
    ['_A1', '_A1'],
    ['orders', '"orders"'],
    ['1A', '"1A"'],
    ['A B', '"A B"'],
    ['A"B', '"A""B"'],
    ['Ä', '"Ä"'],
    ['ORDER', '"ORDER"'],
    ['SELECT', '"SELECT"'],
    ['', '""'],
  ])('%s is written so that it is read back', (given, written) => {
    expect(identifierText(given)).toBe(written);
  });

  it('of a relation has three parts', () => {
    expect(relationText({ ...name, schema: 'prod' })).toBe('DB."prod".V');
  });
});
