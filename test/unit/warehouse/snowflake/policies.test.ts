import { describe, expect, test } from 'vitest';
import { grantStatements } from '../../../../src/warehouse/snowflake/grants.ts';
import { type Policy, policyIn, policyStatement, ruleOf } from '../../../../src/warehouse/snowflake/policies.ts';
import type { Tag } from '../../../../src/warehouse/snowflake/tags.ts';
import { createView, definitionOf, readView, type View } from '../../../../src/warehouse/snowflake/text/view.ts';
import { guardsOf, leftOut, withGuards } from '../../../../src/warehouse/snowflake/text/view-guards.ts';

const orders = { location: '', database: 'SHOP', schema: 'ANALYTICS__GREEN', identifier: 'ORDERS' };
const policy = (more: Partial<Policy> = {}): Policy => ({
  kind: 'row access policy',
  name: ['RULES', 'PUBLIC', 'OWN'],
  column: null,
  columns: ['REGION', 'who'],
  tag: null,
  ...more,
});
const masking = policy({ kind: 'masking policy', name: ['RULES', 'PUBLIC', 'HIDE'], column: 'EMAIL', columns: [] });

describe('a policy', () => {
  test.each<readonly [Policy, string, string | null]>([
    [
      policy(),
      'row access policy rules.public.own on (region, "who")',
      'add row access policy "RULES"."PUBLIC"."OWN" on ("REGION", "who")',
    ],
    [
      masking,
      'masking policy rules.public.hide on email',
      'modify column "EMAIL" set masking policy "RULES"."PUBLIC"."HIDE"',
    ],
    [
      { ...masking, columns: ['WHO'] },
      'masking policy rules.public.hide on email using (who)',
      'modify column "EMAIL" set masking policy "RULES"."PUBLIC"."HIDE" using ("EMAIL", "WHO")',
    ],
    [
      { ...masking, kind: 'projection policy' },
      'projection policy rules.public.hide on email',
      'modify column "EMAIL" set projection policy "RULES"."PUBLIC"."HIDE"',
    ],
    [
      policy({ kind: 'aggregation policy', columns: [] }),
      'aggregation policy rules.public.own',
      'set aggregation policy "RULES"."PUBLIC"."OWN"',
    ],
    [
      policy({ kind: 'aggregation policy', columns: ['ID'] }),
      'aggregation policy rules.public.own on (id)',
      'set aggregation policy "RULES"."PUBLIC"."OWN" entity key ("ID")',
    ],
    [
      policy({ kind: 'join policy', columns: [] }),
      'join policy rules.public.own',
      'set join policy "RULES"."PUBLIC"."OWN"',
    ],
    [{ ...masking, tag: ['T', 'T', 'PII'] }, 'masking policy rules.public.hide on email by tag t.t.pii', null],
  ])('is told and given in one statement, if it can be: %#', (one, rule, statement) => {
    expect(ruleOf(one, ['SHOP'])).toBe(rule);
    const table = 'alter table "SHOP"."ANALYTICS__GREEN"."ORDERS"';
    expect(policyStatement(orders, one)).toBe(statement === null ? null : `${table} ${statement}`);
  });

  test('takes the place of another in one step', () => {
    const there = policy({ name: ['SHOP', 'PUBLIC', 'OLD'] });
    expect(policyStatement(orders, policy(), there)).toMatch(
      /drop row access policy "SHOP"."PUBLIC"."OLD", add row access policy "RULES"."PUBLIC"."OWN" on /,
    );
    expect(policyStatement(orders, masking, there)).toMatch(/set masking policy "RULES"."PUBLIC"."HIDE" force$/);
  });

  test('of its own database is told alike in a clone', () => {
    const own = policy({ name: ['SHOP', 'RULES', 'OWN'] });
    const cloned = policyIn(own, ['SHOP'], ['SHOP__GREEN']);
    expect(cloned.name).toEqual(['SHOP__GREEN', 'RULES', 'OWN']);
    expect(ruleOf(cloned, ['SHOP__GREEN'])).toBe(ruleOf(own, ['SHOP']));
    expect(ruleOf(own, ['SHOP__GREEN'])).not.toBe(ruleOf(own, ['SHOP']));
    expect(policyIn(policy(), ['SHOP'], ['SHOP__GREEN'])).toEqual(policy());
  });
});

function viewOf(text: string): View {
  const view = readView(text);
  if (view === 'unreadable') throw new RangeError(text);
  return view;
}

describe('the text of a view', () => {
  const plain = viewOf('select id as ID, email as EMAIL from orders');
  const columns = ['ID', 'EMAIL'];
  const tag = (column: string | null, name = 'PII'): Tag => ({ name: ['T', 'T', name], value: "it's", column });
  const withBoth = (view: View, policies: readonly Policy[], tags: readonly Tag[] = []) =>
    withGuards(view, { policies, tags }, columns);

  test('gets the policies that were set on it afterwards, and then names them', () => {
    const all = [
      policy({ columns: ['ID'] }),
      masking,
      policy({ kind: 'aggregation policy', name: ['R', 'P', 'MANY'], columns: [] }),
    ];
    const view = withBoth(plain, all);
    expect(view?.head).toBe(
      '(ID, EMAIL with masking policy RULES.PUBLIC.HIDE) with row access policy RULES.PUBLIC.OWN on (ID) with aggregation policy R.P.MANY',
    );
    expect(view && leftOut(view, { policies: all, tags: [] })).toEqual({ policies: [], tags: [] });
    expect(leftOut(plain, { policies: all, tags: [] }).policies).toEqual(all);
    expect(view && withBoth(view, [])).toBe(view);
  });

  test('gets tags, beside those and the comments that it has', () => {
    const listed = viewOf(
      "create view v (ID with tag (X = 'y') comment 'key', EMAIL comment 'to, them') with tag (TEAM = 'a') as select 1, 2",
    );
    const view = withBoth(listed, [masking], [tag('ID'), tag('EMAIL'), tag(null, 'COST')]);
    expect(view?.head).toBe(
      "(ID with tag (X = 'y', T.T.PII = 'it''s') comment 'key', EMAIL with masking policy RULES.PUBLIC.HIDE with tag (T.T.PII = 'it''s') comment 'to, them') with tag (TEAM = 'a', T.T.COST = 'it''s')",
    );
    expect(view && viewOf(createView(orders, definitionOf(view))).head).toBe(view?.head);
    expect(withBoth(plain, [], [tag(null)])?.head).toBe("with tag (T.T.PII = 'it''s')");
  });

  test('says of each column by itself what guards it', () => {
    const view = withBoth(plain, [masking], [tag('EMAIL')]);
    const other = { policies: [{ ...masking, column: 'ID' }], tags: [tag('ID'), tag(null)] };
    expect(view && leftOut(view, other)).toEqual(other);
  });

  test('has no clause for a mask on a column that it does not have, nor for one that a tag brings', () => {
    expect(withBoth(plain, [{ ...masking, column: 'FAX' }])).toBeNull();
    expect(withBoth(plain, [policy({ kind: 'join policy' })])).toBeNull();
    expect(leftOut(plain, { policies: [{ ...masking, tag: ['T', 'T', 'PII'] }], tags: [] }).policies).toEqual([]);
  });

  test('names the guards that lie in its own database, when that is a clone', () => {
    const head =
      "(ID with masking policy SHOP.RULES.HIDE) with row access policy OTHER.RULES.OWN on (ID) with tag (SHOP.T.PII = 'x', T.COST = 'y')";
    expect(guardsOf(head, [['SHOP'], ['SHOP__GREEN']], ['SHOP__GREEN'])).toBe(
      "(ID with masking policy SHOP__GREEN.RULES.HIDE) with row access policy OTHER.RULES.OWN on (ID) with tag (SHOP__GREEN.T.PII = 'x', T.COST = 'y')",
    );
  });
});

describe('a grant', () => {
  test('to a database role names its database, and one to a share does not', () => {
    const thing = { relation: orders, kind: 'table' };
    expect(grantStatements(thing, null, ['SELECT to database role analyst', 'SELECT to share partners'])).toEqual([
      'grant SELECT on TABLE "SHOP"."ANALYTICS__GREEN"."ORDERS" to database role "SHOP"."ANALYST"',
      'grant SELECT on TABLE "SHOP"."ANALYTICS__GREEN"."ORDERS" to share "PARTNERS"',
    ]);
  });
});
