import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { references } from '../../../src/gates/references.ts';
import { answersOf } from '../../unit/gates/asking.ts';
import { model, planned, side as sideOf } from '../../unit/gates/world.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { Driver } from '../warehouse/house.ts';
import { SCHEMA, type SnowflakeHouse, snowflakeHouse } from './house.ts';
import { withLeaving } from './leaving.ts';

/** How a build writes names: of what the release changes those of the side, of the rest those of live. */
interface Names {
  /** The schema of the side, as a text. */
  readonly schema: string;
  /** In three parts. */
  readonly of: (name: string) => string;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Is there in the first release only. */
const GONE = 'comes back';

/** What each view is made as in the n-th release; all tell in `release` of which release the rows are. */
const views: Readonly<Record<string, (q: Names, n: number) => string>> = {
  'reads a changed table': ({ of }) => `as select release from ${of('changed')}`,
  'reads an unchanged table': ({ of }, n) => `as select release * ${n} as release from ${of('unchanged')}`,
  'reads a table that is new': ({ of }, n) => `as select release from ${of(n === 1 ? 'changed' : 'new')}`,
  'reads a view': ({ of }) => `as select release from ${of('reads a changed table')}`,
  'reads a view that reads a view': ({ of }) => `as select * from ${of('reads a view')} where release > 0`,
  'reads both a changed and an unchanged table': ({ of }) =>
    `as select c.release from ${of('changed')} c join ${of('unchanged')} u on u.release <= c.release`,
  'reads all columns of what has other columns': ({ of }) => `as select * from ${of('changed')}`,
  'reads all columns of a view of all columns': ({ of }) =>
    `as select * from ${of('reads all columns of what has other columns')}`,
  'has a CTE that is named like a table': ({ of }) =>
    `as with "changed" as (select release from ${of('changed')}) select "changed".release from "changed"`,
  'has a CTE named like a table that it hides': ({ of }) =>
    `as with "unchanged" as (select release from ${of('changed')}), c as (select * from "unchanged") select release from c`,
  'has a name with quotes " and dots . in it': ({ of }) => `as select release from ${of('an "odd". table')}`,
  'names the idle side in strings and comments': ({ schema, of }) =>
    `as select release, '${schema}."changed"' as said /* ${schema}."changed" */ from ${of('changed')} -- from ${schema}."changed"`,
  'is secure': ({ of }) =>
    `(release comment 'of ${of('changed').replaceAll("'", "''")}') as select release from ${of('changed')}`,
  'is recursive': ({ of }) =>
    `as with recursive counted (release) as (select 1 as release union all select release + 1 from counted where release < (select max(release) from ${of('changed')})) select max(release) as release from counted`,
  'names two parts': ({ schema }) => `as select release from ${schema}."changed"`,
  'names one part': () => `as select release from "changed"`,
  'names whole relations before columns': ({ of }) =>
    `as select ${of('changed')}.release from ${of('changed')} where ${of('changed')}.release > 0`,
  'reads in subqueries': ({ of }) =>
    `as select (select max(release) from ${of('changed')}) as release where exists (select 1 from ${of('unchanged')}) and 1 in (select 1 from ${of('changed')})`,
  [GONE]: ({ of }) => `as select c.release from ${of('changed')} c, "changed" d`,
  'is a union': ({ of }) => `as (select release from ${of('changed')}) union (select release from ${of('changed')} c)`,
};

const kindOf = (name: string): string => (name === 'is secure' ? 'secure view' : 'view');

describe('on Snowflake, a view that is live', () => {
  let server: SnowflakeServer;
  let house: SnowflakeHouse;
  let driver: Driver;
  /** What readers get of each view, or the error, when the idle side and all kept sides are out of the way. */
  const after = new Map<string, ReadonlyMap<string, unknown>>();

  const build = (n: number) => (side: SnowflakeHouse['live']) => {
    const at = (name: string): string => driver.relation(n > 1 && name === 'unchanged' ? house.live : side, name);
    const schema = side[0]?.schema ?? '';
    const names: Names = { schema: quoted(schema), of: at };
    const stamped = (more: string) => `select ${n} as release${more}`;
    return [
      `create or replace table ${at('changed')} as ${stamped(n === 1 ? '' : ", 'more' as extra")}`,
      `create or replace table ${at('an "odd". table')} as ${stamped('')}`,
      ...(n === 1 ? [`create or replace table ${at('unchanged')} as ${stamped('')}`] : []),
      ...(n === 1 ? [] : [`create or replace table ${at('new')} as ${stamped('')}`]),
      `use schema ${quoted(house.database)}.${quoted(schema)}`,
      ...Object.entries(views)
        .filter(([name]) => n === 1 || name !== GONE)
        .map(([name, text]) => `create or replace ${kindOf(name)} ${at(name)} ${text(names, n)}`),
    ];
  };

  async function look(when: string): Promise<void> {
    await server.control.keep(house.database, when);
    const schemas = await house.run(`select schema_name as name from ${house.database}.information_schema.schemata`);
    const beside = schemas.map(({ name }) => String(name)).filter((name) => name.startsWith(`${SCHEMA}__`));
    expect(beside.length, when).toBeGreaterThan(0);
    await house.run(...beside.map((name) => `drop schema ${quoted(house.database)}.${quoted(name)}`));
    const found = new Map<string, unknown>();
    for (const name of Object.keys(views))
      found.set(
        name,
        await house.read(`select * from ${driver.relation(house.live, name)}`).catch((error: Error) => error.message),
      );
    after.set(when, found);
    await server.control.putBack(house.database, when);
  }

  beforeAll(async () => {
    server = await startSnowflake();
    house = await snowflakeHouse(server);
    driver = new Driver(withLeaving(house, [GONE]));
    await driver.deploy(1, build(1));
    await driver.deploy(2, build(2));
    await look('a deploy');
    await driver.swapBack(3, releaseOf(fence(1)));
    await look('a rollback');
    await driver.swapBack(4, releaseOf(fence(2)));
    await look('a second rollback, forward again');
  });
  afterAll(() => server.stop());

  const expected = (name: string, release: number): unknown => {
    if (name === GONE && release === 2) return expect.stringContaining('does not exist');
    if (name.startsWith('reads all columns')) return [{ release, ...(release === 2 ? { extra: 'more' } : {}) }];
    if (name.startsWith('names the idle side')) return [{ release, said: `"${SCHEMA}__green"."changed"` }];
    return [{ release }];
  };

  describe.each([
    ['a deploy', 2],
    ['a rollback', 1],
    ['a second rollback, forward again', 2],
  ] as const)('after %s', (when, n) => {
    it.each(Object.keys(views))('%s, and reads no other side', (name) => {
      expect(after.get(when)?.get(name)).toEqual(expected(name, n));
    });
  });

  describe('whose text cannot be followed', () => {
    const bad: Readonly<Record<string, (q: Names) => string>> = {
      'names what it reads by a string': ({ of }) => `select release from identifier('${of('changed')}')`,
    };

    it.each(Object.keys(bad))('is refused by a gate where it %s', async (name) => {
      const text = bad[name] ?? (() => '');
      const n = 5 + Object.keys(bad).indexOf(name);
      const [live, idle] = [house.relation(house.live, name), house.relation(house.idle, name)];
      const built = await driver.build(n, (side) => [
        ...build(2)(side),
        `create or replace view ${driver.relation(side, name)} as ${text({ schema: '', of: (one) => driver.relation(side, one) })}`,
      ]);
      const catalog = await house.warehouse.catalog([...built.seal.sides]);
      const node = planned(model(name), { live, idle });
      const { references: verdict } = await answersOf(references, {
        candidate: sideOf(catalog),
        plan: { exchange: 'table', idle: house.idle, live: house.live, nodes: [node] },
      });
      expect(verdict).toMatchObject({
        verdict: 'fail',
        observed: expect.stringMatching(/cannot be found out|of the idle side|the names that readers use/),
      });
      expect(await house.read(`select release from ${driver.relation(house.live, 'changed')}`)).toEqual([
        { release: 2 },
      ]);
    });
  });
});
