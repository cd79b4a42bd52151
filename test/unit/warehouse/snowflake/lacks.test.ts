import { describe, expect, test } from 'vitest';
import type { AccountFacts } from '../../../../src/warehouse/snowflake/facts.ts';
import { entranceLacks, lacksOf } from '../../../../src/warehouse/snowflake/lacks.ts';

const asking = { role: 'DEPLOY', database: 'SHOP', wantedWarehouse: 'WH' } as const;

const good: AccountFacts = {
  ...asking,
  warehouse: { name: 'WH', size: 'X-Small', suspendsAfter: 60, resumes: true },
  mayMakeSchemas: true,
  maySwap: true,
  swapsSchemas: false,
  schemas: [{ name: 'ANALYTICS', owner: 'DEPLOY', isOwn: true, managed: true, lacks: [] }],
  foreignSchemas: [],
  foreignRelations: [],
  retention: [{ name: ['ANALYTICS', 'ORDERS'], days: 1, transient: false }],
  hidden: [],
  leftBehind: [],
  history: true,
  lastChange: { name: ['ANALYTICS', 'ORDERS'], mayAsk: true },
  edition: 'enterprise or higher',
};

const told = (facts: Partial<AccountFacts>) => lacksOf({ ...good, ...facts });

describe('a role on Snowflake', () => {
  test('that has what releases need lacks nothing', () => {
    expect(told({})).toEqual([]);
  });

  test('without a warehouse is told which, or to name one', () => {
    const entrance = { ...asking, mayUse: true, warehouse: null };
    expect(entranceLacks(entrance)).toMatchObject([{ next: 'GRANT USAGE ON WAREHOUSE WH TO ROLE DEPLOY;' }]);
    expect(entranceLacks({ ...entrance, wantedWarehouse: null })).toMatchObject([
      { severity: 'bad', next: 'give the target in profiles.yml a `warehouse:`' },
    ]);
  });

  test('types the first of many statements, with names quoted where they have to be', () => {
    const foreignRelations = ['orders', 'CLIENTS', 'ITEMS', 'DAYS'].map((name) => ({
      name: ['ANALYTICS', name] as const,
      owner: 'dbt user',
      kind: 'table',
    }));
    expect(told({ foreignRelations })).toEqual([
      {
        severity: 'bad',
        what: '4 relations belong to "dbt user", and only an owner can swap, rename or replace them: ANALYTICS."orders", ANALYTICS.CLIENTS, ANALYTICS.ITEMS and 1 more',
        next: 'GRANT OWNERSHIP ON TABLE SHOP.ANALYTICS."orders" TO ROLE DEPLOY COPY CURRENT GRANTS; and so on for each',
      },
    ]);
  });

  test('that does not own the database which is to be swapped is told so', () => {
    expect(told({ maySwap: false })).toMatchObject([
      { severity: 'bad', next: 'GRANT OWNERSHIP ON DATABASE SHOP TO ROLE DEPLOY COPY CURRENT GRANTS;' },
    ]);
  });

  test('is told what would not survive that whole containers change places', () => {
    const leftBehind = ['task shop.analytics.nightly would be suspended'];
    expect(told({ leftBehind })).toMatchObject([
      {
        severity: 'bad',
        what: 'whole databases cannot change places here: task shop.analytics.nightly would be suspended',
      },
    ]);
    expect(told({ leftBehind, swapsSchemas: true })).toMatchObject([{ what: expect.stringMatching(/^whole schemas/) }]);
  });

  test('that does not own a schema which is to be swapped is told so', () => {
    const schemas = [{ name: 'ANALYTICS', owner: 'LOADER', isOwn: false, managed: true, lacks: [] }];
    expect(told({ schemas, swapsSchemas: true })).toMatchObject([
      {
        severity: 'bad',
        what: 'only an owner can swap a schema, and ANALYTICS belongs to LOADER',
        next: 'GRANT OWNERSHIP ON SCHEMA SHOP.ANALYTICS TO ROLE DEPLOY COPY CURRENT GRANTS;',
      },
    ]);
  });

  test('that does not see what runs could end no cutover', () => {
    expect(told({ history: false })).toMatchObject([
      { severity: 'bad', next: 'GRANT MONITOR ON WAREHOUSE WH TO ROLE DEPLOY;' },
    ]);
  });

  test('that may not ask for the last write is told so, and can release all the same', () => {
    expect(told({ lastChange: { name: ['ANALYTICS', 'ORDERS'], mayAsk: false } })).toMatchObject([
      { severity: 'warn', next: 'GRANT SELECT ON TABLE SHOP.ANALYTICS.ORDERS TO ROLE DEPLOY;' },
    ]);
  });
});

describe('how far back live tables can be read', () => {
  const retention = [{ name: ['ANALYTICS', 'ORDERS'] as const, days: 1, transient: true }];

  test('is told where tables are transient, but for an edition in which none goes back further', () => {
    expect(told({ retention })).toMatchObject([
      { severity: 'warn', what: expect.stringMatching(/^1 of 1 live tables are transient/) },
    ]);
    expect(told({ retention, edition: 'standard' })).toEqual([]);
  });
});

describe('a warehouse', () => {
  test.each([
    [null, 'for ever'],
    [601, 'for 601 seconds'],
  ])('that suspends itself after %s seconds goes on costing', (suspendsAfter, says) => {
    expect(told({ warehouse: { name: 'WH', size: 'Large', suspendsAfter, resumes: true } })).toEqual([
      {
        severity: 'warn',
        what: `warehouse WH (Large) goes on costing ${says} after the last statement of a release`,
        next: 'ALTER WAREHOUSE WH SET AUTO_SUSPEND = 60;',
      },
    ]);
  });
});
