import { describe, expect, test } from 'vitest';
import { grantStatements } from '../../../../src/warehouse/snowflake/grants.ts';
import { type Policy, policyStatement, ruleOf } from '../../../../src/warehouse/snowflake/policies.ts';
import { readView, type View } from '../../../../src/warehouse/snowflake/text/view.ts';
import { policiesLeftOut, withPolicies } from '../../../../src/warehouse/snowflake/text/view-policies.ts';

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
    expect(ruleOf(one)).toBe(rule);
    const table = 'alter table "SHOP"."ANALYTICS__GREEN"."ORDERS"';
    expect(policyStatement(orders, one)).toBe(statement === null ? null : `${table} ${statement}`);
  });
});

function viewOf(text: string): View {
  const view = readView(text);
  if (view === 'unreadable') throw new RangeError(text);
  return view;
}

describe('the text of a view', () => {
  const plain = viewOf('select id as ID, email as EMAIL from orders');

  test('gets the policies that were set on it afterwards, and then names them', () => {
    const columns = ['ID', 'EMAIL'];
    const all = [
      policy({ columns: ['ID'] }),
      masking,
      policy({ kind: 'aggregation policy', name: ['R', 'P', 'MANY'], columns: [] }),
    ];
    const view = withPolicies(plain, all, columns);
    expect(view?.head).toBe(
      '(ID, EMAIL with masking policy RULES.PUBLIC.HIDE) with row access policy RULES.PUBLIC.OWN on (ID) with aggregation policy R.P.MANY',
    );
    expect(view && policiesLeftOut(view, all)).toEqual([]);
    expect(policiesLeftOut(plain, all)).toEqual(all);
    expect(view && withPolicies(view, [], columns)).toBe(view);
  });

  test('has no room for a policy on a column beside a list of its own, nor for one that a tag brings', () => {
    const listed = viewOf("create view v (ID comment 'key', EMAIL) as select id, email from orders");
    expect(withPolicies(listed, [masking], ['ID', 'EMAIL'])).toBeNull();
    expect(withPolicies(listed, [policy({ columns: ['ID'] })], ['ID', 'EMAIL'])?.head).toMatch(
      /^\(.*\) with row access/,
    );
    expect(withPolicies(plain, [{ ...masking, tag: ['T', 'T', 'PII'] }], ['ID', 'EMAIL'])).toBeNull();
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
