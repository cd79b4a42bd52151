import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Protect } from '../../../src/domain/change.ts';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { lostRights, protectBack } from '../../../src/planning/rights.ts';
import { expectReadable } from '../../warehouses/snowflake/readable.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { containersOf, isA } from '../warehouse/house.ts';
import { type Housed, housedFor } from './deployer.ts';

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

const NAMES = ['orders', 'totals'] as const;

/** `orders` and `totals` are live; the database has the tags PII, COST and AREA, which the role may set but the last. */
async function released(): Promise<Housed> {
  const housed = await housedFor(server);
  const { house, driver, role, admin } = housed;
  await admin(`create schema ${house.database}."the shop"`, `create schema ${house.database}.RULES`);
  await housed.allow();
  await admin(
    ...['PII', 'COST', 'AREA'].map((name) => `create tag ${house.database}.RULES.${name}`),
    `grant usage on schema ${house.database}.RULES to role ${role}`,
    ...['PII', 'COST'].map((name) => `grant apply on tag ${house.database}.RULES.${name} to role ${role}`),
  );
  await driver.deploy(1, driver.orders([1]));
  return housed;
}

const protecting = ({ house }: Housed): readonly Protect[] =>
  NAMES.map((name) => ({
    do: 'protect',
    live: house.relation(house.live, name),
    idle: house.relation(house.idle, name),
  }));

async function next(housed: Housed, n: number): Promise<void> {
  const { driver } = housed;
  const built = await driver.build(n, driver.orders([n]));
  await driver.fill(n, protecting(housed));
  const seal = await housed.house.warehouse.seal(built.seal.release, housed.house.idle, fence(n));
  await driver.publish({ ...built, seal });
}

const rulesOn = async ({ house }: Housed, name: string) =>
  (await house.warehouse.catalog(house.live)).find(house.relation(house.live, name))?.protection?.rules;

describe('tags that somebody set by hand', () => {
  it('survive a deploy, a rollback and a second deploy, on a table, a view and their columns', async () => {
    await using housed = await released();
    const { house, live, admin, driver } = housed;
    const tag = (name: string): string => `${house.database}.RULES.${name}`;
    await admin(
      `alter table ${live('orders')} set tag ${tag('COST')} = 'sales'`,
      `alter table ${live('orders')} modify column AMOUNT set tag ${tag('PII')} = 'it''s'`,
      `alter view ${live('totals')} set tag ${tag('COST')} = 'sales'`,
      `alter view ${live('totals')} modify column AMOUNT set tag ${tag('PII')} = 'money'`,
    );
    const survive = async () => {
      for (const name of NAMES)
        expect(await rulesOn(housed, name)).toEqual(['tag rules.cost', 'tag rules.pii on amount']);
      expect(
        await admin(
          `select column_name, tag_value from table(${house.database}.information_schema.tag_references_all_columns('${live('orders')}', 'table')) where tag_name = 'PII'`,
        ),
      ).toEqual([{ column_name: 'AMOUNT', tag_value: "it's" }]);
    };
    await next(housed, 2);
    await survive();
    await house.warehouse.claim(fence(3), null);
    const kept = containersOf(
      (await house.warehouse.kept()).findLast(({ release }) => release === releaseOf(fence(1))),
    );
    const moves = NAMES.map((name) => ({
      live: house.relation(house.live, name),
      from: house.relation(kept, name),
    }));
    await driver.fill(3, protectBack(moves, await house.warehouse.catalog([...house.live, ...kept])));
    await driver.swapBack(4, releaseOf(fence(1)));
    await survive();
    await next(housed, 5);
    await survive();
  });

  it('on a schema are on the one that stands for it, so that what is built there is hidden too', async () => {
    await using housed = await released();
    const { house, driver, admin } = housed;
    await admin(`alter schema ${house.database}."the shop" set tag ${house.database}.RULES.PII = 'all'`);
    await driver.build(2, driver.orders([2]));
    expect(
      await admin(
        `select tag_value from table(${house.database}.information_schema.tag_references('${house.database}."the shop__green"', 'schema'))`,
      ),
    ).toEqual([{ tag_value: 'all' }]);
    await house.warehouse.discard(house.idle);
  });

  it('stop the release where the role may not see them, and what is missing is told', async () => {
    await using housed = await released();
    const { house, driver, live, role, admin } = housed;
    await admin(`alter table ${live('orders')} modify column AMOUNT set tag ${house.database}.RULES.AREA = 'x'`);
    await driver.build(2, driver.orders([2]));
    const hidden = driver.fill(2, protecting(housed));
    await expect(hidden).rejects.toMatchObject(isA('denied'));
    await expect(hidden).rejects.toThrow(/orders there is a policy or a tag that the role may not see/);
    await admin(
      `grant apply tag on account to role ${role}`,
      `revoke usage on schema ${house.database}.RULES from role ${role}`,
    );
    const out = driver.fill(2, protecting(housed));
    await expect(out).rejects.toThrow(/orders there is a policy or a tag that the role may not see/);
    await admin(`grant usage on schema ${house.database}.RULES to role ${role}`);
    await driver.fill(2, protecting(housed));
    const catalog = await house.warehouse.catalog([...house.live, ...house.idle]);
    const [was, is] = [house.live, house.idle].map((side) => catalog.find(house.relation(side, 'orders')));
    expect(was && is && lostRights(was, is)).toEqual([]);
    await house.warehouse.discard(house.idle);
  });
});

// The last one: it looks at what all the others had sent.
it("is told nothing but what Snowflake's grammar has", () => expectReadable(server.control));
