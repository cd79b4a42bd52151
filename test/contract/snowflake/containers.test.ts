import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import { expectReadable } from '../../warehouses/snowflake/readable.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { Driver, isA } from '../warehouse/house.ts';
import { snowflakeHouse } from './house.ts';

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

/** A house whose releases swap containers, with `orders` and `totals` live. */
async function opened(scope: 'schema' | 'database' = 'database') {
  const house = await snowflakeHouse(server, { scope });
  const driver = new Driver(house);
  await driver.deploy(1, driver.orders([1]));
  const live = (name: string) => driver.relation(house.live, name);
  const next = async (n: number) => {
    const built = await driver.build(n, driver.orders([n]));
    await driver.fill(
      n,
      ['orders', 'totals'].map((name) => ({
        do: 'protect',
        live: house.relation(house.live, name),
        idle: house.relation(house.idle, name),
      })),
    );
    return { ...built, seal: await house.warehouse.seal(built.seal.release, house.idle, fence(n)) };
  };
  return { house, driver, live, next, [Symbol.asyncDispose]: () => house.dispose() };
}

describe('where whole databases change places', () => {
  it('policies and tags that lie in the database are its own after every release, and the old one can go', async () => {
    await using at = await opened();
    const { house, driver, live, next } = at;
    const rules = `${house.database}.RULES`;
    await house.run(
      `create schema ${rules}`,
      `create masking policy ${rules}.HIDE as (v integer) returns integer -> 0`,
      `create row access policy ${rules}.OWN as (v integer) returns boolean -> true`,
      `create tag ${rules}.PII`,
      `alter table ${live('orders')} modify column AMOUNT set masking policy ${rules}.HIDE`,
      `alter table ${live('orders')} modify column AMOUNT set tag ${rules}.PII = 'money'`,
      `alter table ${live('orders')} set tag ${rules}.PII = 'some'`,
      `alter view ${live('totals')} add row access policy ${rules}.OWN on (ORDERS)`,
      `alter view ${live('totals')} set tag ${rules}.PII = 'some'`,
    );
    for (const n of [2, 3]) {
      await driver.publish(await next(n));
      const catalog = await house.warehouse.catalog(house.live);
      const rulesOn = (name: string) => catalog.find(house.relation(house.live, name))?.protection?.rules;
      expect(rulesOn('orders')).toEqual([
        'masking policy rules.hide on amount',
        'tag rules.pii',
        'tag rules.pii on amount',
      ]);
      expect(rulesOn('totals')).toEqual(['row access policy rules.own on (orders)', 'tag rules.pii']);
    }
    // Snowflake refuses to drop a database whose policies something outside of it has.
    expect(await house.warehouse.remove(await house.warehouse.kept())).toHaveLength(2);
  });

  it('what was set on them and their schemas by hand stays with live, also what was set since the build', async () => {
    await using at = await opened();
    const { house, driver, next } = at;
    const { database } = house;
    const schema = `${database}."the shop"`;
    const [reader, old] = [`READER_${database}`, `OLD_${database}`];
    await house.run(
      'use role ACCOUNTADMIN',
      `create role ${reader}`,
      `create role ${old}`,
      `grant usage on schema ${schema} to role ${old}`,
      `create tag ${schema}.COST`,
      `alter database ${database} set data_retention_time_in_days = 7`,
      `comment on database ${database} is 'what the shop sells'`,
    );
    const built = await next(2);
    await house.run(
      `alter database ${database} set log_level = 'WARN'`,
      `alter database ${database} set default_ddl_collation = 'en-ci'`,
      `alter database ${database} set tag ${schema}.COST = 'sales'`,
      `alter schema ${schema} set tag ${schema}.COST = 'shop'`,
      `alter schema ${schema} enable managed access`,
      `comment on schema ${schema} is 'by dbt'`,
      `revoke usage on schema ${schema} from role ${old}`,
      `grant usage on schema ${schema} to role ${reader} with grant option`,
    );
    const told = async () => ({
      comments: [
        await house.run(`show databases like '${database}'`),
        await house.run(`show schemas like 'the shop' in database ${database}`),
      ].map(([row]) => [row?.['comment'], row?.['options'], row?.['retention_time']]),
      parameters: (await house.run(`show parameters in database ${database}`)).map((row) => [
        row['key'],
        row['value'],
        row['level'],
      ]),
      tags: await house.run(
        `select tag_value, level from table(${database}.information_schema.tag_references('${schema}', 'schema'))`,
      ),
      grants: (await house.run(`show grants on schema ${schema}`)).map((row) => [
        row['privilege'],
        row['grantee_name'],
        row['grant_option'],
      ]),
    });
    const before = await told();
    expect(before).toMatchObject({
      comments: [
        ['what the shop sells', '', '7'],
        ['by dbt', 'MANAGED ACCESS', '7'],
      ],
      tags: [{ tag_value: 'shop', level: 'SCHEMA' }],
    });
    await driver.publish(built);
    expect(await driver.readers()).toEqual([2]);
    expect(await told()).toEqual(before);
  });

  it('what a clone would leave out or stop is refused by name, before anything is copied', async () => {
    await using at = await opened();
    const { house, driver, live } = at;
    const { database } = house;
    const inside = `${database}."the shop"`;
    await house.run(
      'use role ACCOUNTADMIN',
      `create role HOLDER_${database}`,
      `create task ${inside}.asleep schedule = '1 minute' as select 1`,
      `create task ${inside}.nightly schedule = '1 minute' as select 1`,
      `alter task ${inside}.nightly resume`,
      `create alert ${inside}.watch schedule = '1 minute' if (exists (select 1)) then select 1`,
      `alter alert ${inside}.watch resume`,
      `create pipe ${inside}.load as copy into ${live('orders')} from @files`,
      `create stream ${inside}.changes on table ${live('orders')}`,
      `create stage ${inside}.files`,
      `create stage ${inside}.bucket url = 's3://somewhere'`,
      `create dynamic table ${inside}.fresh as select 1 as id`,
      `create database role ${database}.LOOKERS`,
      `grant database role ${database}.LOOKERS to role HOLDER_${database}`,
      `grant inherited select on all tables in database ${database} to role HOLDER_${database}`,
    );
    const filled = driver.build(2, driver.orders([2]));
    await expect(filled).rejects.toMatchObject(isA('refused'));
    const name = database.toLowerCase();
    for (const what of [
      `"the shop".FRESH is a dynamic table, and would be suspended`,
      `task ${name}."the shop".nightly would be suspended`,
      `alert ${name}."the shop".watch would be suspended`,
      `pipe ${name}."the shop".load would be gone, or stopped`,
      `stream ${name}."the shop".changes would have lost what nobody has read from it yet`,
      `stage ${name}."the shop".files would be without its files`,
      'inherited grants on it would be lost',
      'database role lookers would be lost to those who have been granted it',
    ])
      await expect(filled).rejects.toThrow(what);
    await expect(filled).rejects.not.toThrow(/asleep|bucket/);
    expect(await house.run(`show databases like '${database}__GREEN'`)).toEqual([]);
  });

  it('a share holds on to the one that leaves, and is named', async () => {
    await using at = await opened();
    const { house, driver } = at;
    const { database } = house;
    await house.run(
      'use role ACCOUNTADMIN',
      `create share PARTNERS_${database}`,
      `grant usage on database ${database} to share PARTNERS_${database}`,
    );
    await expect(driver.build(2, driver.orders([2]))).rejects.toThrow(
      /is in share partners_.*, which would go on showing it when it is not live any more/,
    );
  });
});

describe('where whole schemas change places', () => {
  it('what was set on them by hand stays with live, and what lies in them is their own', async () => {
    await using at = await opened('schema');
    const { house, driver, live, next } = at;
    const schema = `${house.database}."the shop"`;
    await house.run(
      `create masking policy ${schema}.HIDE as (v integer) returns integer -> 0`,
      `create tag ${schema}.COST`,
      `alter table ${live('orders')} modify column AMOUNT set masking policy ${schema}.HIDE`,
      `alter table ${live('orders')} set tag ${schema}.COST = 'sales'`,
    );
    const built = await next(2);
    await house.run(
      `alter schema ${schema} set log_level = 'WARN'`,
      `alter schema ${schema} set tag ${schema}.COST = 'shop'`,
      `comment on schema ${schema} is 'by dbt'`,
    );
    await driver.publish(built);
    expect((await house.warehouse.standing()).mark).toMatchObject({ release: 'r2' });
    const found = (await house.warehouse.catalog(house.live)).find(house.relation(house.live, 'orders'));
    expect(found?.protection?.rules).toEqual(['masking policy hide on amount', 'tag cost']);
    expect(await house.run(`show schemas like 'the shop' in database ${house.database}`)).toMatchObject([
      { comment: 'by dbt' },
    ]);
    expect(await house.run(`show parameters like 'log_level' in schema ${schema}`)).toMatchObject([
      { value: 'WARN', level: 'SCHEMA' },
    ]);
    expect(
      await house.run(
        `select tag_value from table(${house.database}.information_schema.tag_references('${schema}', 'schema'))`,
      ),
    ).toEqual([{ tag_value: 'shop' }]);
    expect(await house.warehouse.remove(await house.warehouse.kept())).toHaveLength(1);
  });

  it('what a clone would stop, and a stream of what is in them, is refused by name', async () => {
    await using at = await opened('schema');
    const { house, driver, live } = at;
    const { database } = house;
    await house.run(
      `create schema ${database}.FEEDS`,
      `create stream ${database}.FEEDS.changes on table ${live('orders')}`,
      `create task ${database}.FEEDS.other schedule = '1 minute' as select 1`,
      `alter task ${database}.FEEDS.other resume`,
      `create task ${database}."the shop".nightly schedule = '1 minute' as select 1`,
      `alter task ${database}."the shop".nightly resume`,
    );
    const built = driver.build(2, driver.orders([2]));
    await expect(built).rejects.toThrow(`task ${database.toLowerCase()}."the shop".nightly would be suspended`);
    await expect(built).rejects.toThrow(`stream ${database.toLowerCase()}.feeds.changes would have lost`);
    await expect(built).rejects.not.toThrow('other');
    const orders = { live: [house.relation(house.live, 'orders')], idle: [house.relation(house.idle, 'orders')] };
    const lacks = (await house.warehouse.examine(orders)).map(({ what }) => what);
    expect(lacks.find((what) => what.startsWith('whole schemas cannot change places here'))).toMatch(
      /nightly.*changes/,
    );
  });
});

// The last one: it looks at what all the others had sent.
it("is told nothing but what Snowflake's grammar has", () => expectReadable(server.control));
