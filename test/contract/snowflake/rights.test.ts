import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Lack } from '../../../src/domain/lack.ts';
import { connectSnowflake } from '../../../src/warehouse/snowflake/index.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { type Housed, housedFor } from './deployer.ts';

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

/** `orders` and `totals` are live, made by somebody else; the role may nothing yet. */
async function opened(): Promise<Housed> {
  const housed = await housedFor(server);
  const { house, driver, reader, live } = housed;
  await house.run(
    `create schema ${house.database}."the shop"`,
    ...driver.orders([1])(house.live),
    `grant usage on database ${house.database} to role ${reader}`,
    `grant usage on schema ${house.database}."the shop" to role ${reader}`,
    `grant select on table ${live('orders')} to role ${reader}`,
  );
  return housed;
}

async function furnished(): Promise<Housed> {
  const housed = await opened();
  await housed.allow();
  return housed;
}

const names = ['orders', 'totals', 'fresh'];
/** `by`: one that has no session yet, where a session keeps what it was opened with. */
const lacking = ({ house }: Housed, by = house.warehouse): Promise<readonly Lack[]> =>
  by.examine({
    live: names.map((name) => house.relation(house.live, name)),
    idle: names.map((name) => house.relation(house.idle, name)),
  });

describe('the script for an administrator', () => {
  it('gives a role all that releases need, and readers what they had', async () => {
    await using housed = await opened();
    const { driver, reader, house } = housed;
    const before = await lacking(housed, house.another);
    expect(before.map(({ what }) => what)).toEqual([
      expect.stringMatching(/may not use database HOUSE_/),
      expect.stringMatching(/has no warehouse to build on/),
    ]);
    await housed.allow();
    await housed.allow();
    expect(await lacking(housed)).toEqual([]);
    await housed.admin(`use role ${reader}`);
    expect(await housed.admin(`select id from ${housed.live('orders')}`)).toEqual([{ id: 1 }]);
    await driver.deploy(1, driver.orders([1, 2]));
    expect(await driver.readers()).toEqual([1, 2]);
    await driver.deploy(2, driver.orders([1, 2, 3]));
    await driver.swapBack(3, releaseOf(fence(1)));
    expect(await driver.readers()).toEqual([1, 2]);
    await house.warehouse.remove(await house.warehouse.kept());
    expect(await lacking(housed)).toEqual([]);
  });
});

/** What is taken away, how it is told, and whether a release would fail for it. */
type Case = readonly [
  what: string,
  takes: (housed: Housed) => readonly string[],
  told: RegExp,
  severity: Lack['severity'],
];
const schema = ({ house }: Housed): string => `${house.database}."the shop"`;
const cases: readonly Case[] = [
  [
    'schemas of its own',
    ({ house, role }) => [`revoke create schema on database ${house.database} from role ${role}`],
    /may not create schemas in database HOUSE_/,
    'bad',
  ],
  [
    'the right to create where readers look',
    (housed) => [`revoke create view on schema ${schema(housed)} from role ${housed.role}`],
    /may not create relations in "the shop", which readers use$/,
    'bad',
  ],
  [
    'ownership of a table that it replaces',
    // What a role has no right on at all is not there for it.
    ({ live, loader, role }) => [
      `grant ownership on table ${live('orders')} to role ${loader} copy current grants`,
      `grant select on table ${live('orders')} to role ${role}`,
    ],
    /^a relation belongs to LOADER_\w+, .*: "the shop"."orders"$/,
    'bad',
  ],
  [
    'ownership of a view that it replaces',
    ({ live, loader, role }) => [
      `grant ownership on view ${live('totals')} to role ${loader} copy current grants`,
      `grant select on view ${live('totals')} to role ${role}`,
    ],
    /^a relation belongs to LOADER_\w+, .*: "the shop"."totals"$/,
    'bad',
  ],
  [
    'the say in a schema whose owner manages access',
    (housed) => [`alter schema ${schema(housed)} enable managed access`],
    /^access to "the shop" is managed by SYSADMIN/,
    'warn',
  ],
  [
    'a warehouse',
    ({ role }) => [`revoke usage on warehouse WH from role ${role}`],
    /has no warehouse to build on: it may not use WH, /,
    'bad',
  ],
  [
    'history to go back to',
    ({ live }) => [`alter table ${live('orders')} set data_retention_time_in_days = 0`],
    /^"the shop"."orders" keeps no history/,
    'warn',
  ],
];

describe.each(cases)('a role that lacks %s', (_, takes, told, severity) => {
  it('is told so, and lacks nothing once somebody typed what stands beside it', async () => {
    await using housed = await furnished();
    await housed.admin(...takes(housed));
    const [lack, ...others] = await lacking(housed);
    expect(lack).toMatchObject({ what: expect.stringMatching(told), severity });
    expect(others).toEqual([]);
    await housed.admin((lack?.next ?? '').replace(/;$/, ''));
    expect(await lacking(housed, housed.house.another)).toEqual([]);
  });
});

describe('doctor', () => {
  it('tells of a warehouse that goes on costing, and of one that does not come back', async () => {
    await using housed = await furnished();
    const { admin, role } = housed;
    const name = `BIG_${role}`;
    await admin(
      `create warehouse ${name} warehouse_size = 'LARGE' auto_suspend = 3600 auto_resume = false`,
      `grant usage on warehouse ${name} to role ${role}`,
    );
    await using other = connectSnowflake({
      output: { ...server.profile, role, database: housed.house.database, schema: '"the shop"', warehouse: name },
      exchange: 'table',
    });
    const lacks = await other.examine({ live: [], idle: [] });
    expect(lacks).toEqual([
      {
        severity: 'warn',
        what: expect.stringContaining('does not resume by itself'),
        next: `ALTER WAREHOUSE ${name} SET AUTO_RESUME = TRUE;`,
      },
      {
        severity: 'warn',
        what: expect.stringMatching(/\(Large\) goes on costing for 3600 seconds after/),
        next: `ALTER WAREHOUSE ${name} SET AUTO_SUSPEND = 60;`,
      },
    ]);
  });

  it('says how far back transient tables can be read', async () => {
    await using housed = await furnished();
    const { house, live, role, admin } = housed;
    await admin(
      `create transient table ${live('fresh')} (id integer)`,
      `grant ownership on table ${live('fresh')} to role ${role}`,
    );
    expect(await lacking(housed)).toEqual([
      {
        severity: 'warn',
        what: '1 of 2 live tables are transient, as dbt makes them: time travel goes back a day at most',
        next: expect.stringContaining('+transient: false'),
      },
    ]);
    await house.run(`drop table ${live('fresh')}`);
  });

  it('names what belongs to somebody else in schemas of lastgreen’s own', async () => {
    await using housed = await furnished();
    const { house, admin, role } = housed;
    await admin(
      `create schema ${house.database}.LASTGREEN`,
      `create schema ${house.database}."the shop__R7"`,
      `create table ${house.database}."the shop__R7".ORDERS (id integer)`,
      ...['LASTGREEN', '"the shop__R7"'].map((one) => `grant usage on schema ${house.database}.${one} to role ${role}`),
      `grant select on table ${house.database}."the shop__R7".ORDERS to role ${role}`,
      `create schema ${house.database}.OTHERS`,
    );
    const lacks = await lacking(housed);
    expect(lacks.map(({ what }) => what)).toEqual([
      'schema LASTGREEN belongs to ACCOUNTADMIN, schema "the shop__R7" belongs to ACCOUNTADMIN, and is for lastgreen itself',
      expect.stringMatching(/^a relation belongs to ACCOUNTADMIN, .*: "the shop__R7".ORDERS$/),
    ]);
  });

  it('tells of a policy that the role may not see', async () => {
    await using housed = await furnished();
    const { house, admin, live, role } = housed;
    const policy = `${house.database}.RULES.HIDE`;
    await admin(
      `create schema ${house.database}.RULES`,
      `create masking policy ${policy} as (v integer) returns integer -> 0`,
      `alter table ${live('orders')} modify column AMOUNT set masking policy ${policy}`,
    );
    expect(await lacking(housed)).toEqual([
      {
        severity: 'bad',
        what: expect.stringContaining(`on "the shop"."orders" there is a policy or a tag that ${role} may not see`),
        next: expect.stringContaining('GRANT APPLY ON MASKING POLICY'),
      },
    ]);
    await admin(
      `grant apply on masking policy ${policy} to role ${role}`,
      `grant usage on schema ${house.database}.RULES to role ${role}`,
    );
    expect(await lacking(housed)).toEqual([]);
  });
});
