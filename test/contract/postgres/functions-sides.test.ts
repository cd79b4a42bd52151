import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { containersOf } from '../warehouse/house.ts';
import { called, priced } from './calling.ts';
import { type Housed, houses } from './houses.ts';

const open = houses(['analyst', 'reader', 'teller']);
const r = (n: number) => releaseOf(fence(n));

describe('functions that no release builds', () => {
  it('stay as they are, and hold up nobody, also where they share a name', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live, relation, value } = housed;
    await driver.deploy(1, called(housed, 10));
    await house.run(
      `create function ${live('audit')}() returns trigger language plpgsql as 'begin return null; end'`,
      `create function ${live('prices')}() returns integer language sql as 'select 1'`,
      `create function ${live('some')}(integer) returns integer language sql as 'select 1'`,
      `create function ${live('some')}(text) returns integer language sql as 'select 2'`,
      `create procedure ${live('task')}() language sql as ''`,
      `create aggregate ${live('total')}(integer) (sfunc = int4pl, stype = integer)`,
      `create table public.own (id integer default ${live('prices')}())`,
    );
    const oids = () =>
      house.run(
        `select oid, proname from pg_proc where pronamespace = '"the shop"'::regnamespace and proname <> 'priced' order by 1`,
      );
    const before = await oids();
    await driver.deploy(2, called(housed, 20));
    expect(await oids()).toEqual(before);
    const catalog = await house.warehouse.catalog(house.live);
    const kinds = ['prices', 'priced', 'audit', 'some', 'task', 'total'].map(
      (name) => catalog.find(relation(name))?.kind,
    );
    expect(kinds).toEqual(['table', 'function', 'function', 'overloaded function', 'procedure', 'aggregate']);
    expect(await value(`select count(*) from ${live('prices')}`)).toBe(1);
    await driver.swapBack(3, r(1));
    expect(await oids()).toEqual(before);
  });

  it('are refused by their name where they would have to move', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live } = housed;
    await house.run('create schema "the shop"');
    await house.run(
      `create function ${live('priced')}(n integer) returns integer language sql as 'select 1'`,
      `create function ${live('priced')}(n text) returns integer language sql as 'select 1'`,
    );
    const sent = driver.publish(await driver.build(1, priced(housed, 10)));
    await expect(sent).rejects.toThrow('"the shop".priced is an overloaded function');
  });
});

describe('the idle side', () => {
  it('loses every function of a name before that is built, with what calls it there', async () => {
    const housed = await open({ slim: true });
    const { driver, house, idle, value } = housed;
    await driver.build(1, called(housed, 10));
    await house.run(`create function ${idle('priced')}(n text) returns text language sql as 'select n'`);
    await house.warehouse.claim(fence(2), null);
    const priced = house.relation(house.idle, 'priced');
    await driver.fill(2, [{ do: 'drop', what: priced, kind: 'function' }]);
    const catalog = await house.warehouse.catalog(house.idle);
    expect(catalog.relations.map(({ relation }) => relation.identifier)).toEqual([]);
    expect(await value(`select count(*) from pg_proc where proname = 'priced'`)).toBe(0);
    expect(house.warehouse.explain({ do: 'drop', what: priced, kind: 'function' })).toBe(
      `drop function if exists ${idle('priced')};`,
    );
  });

  it('is not filled again while somebody outside of it calls a function there', async () => {
    const housed = await open({ slim: true });
    const { driver, house, idle } = housed;
    await driver.build(1, priced(housed, 10));
    await house.run(`create view public.early as select ${idle('priced')}(1)`);
    await house.warehouse.claim(fence(2), null);
    const filled = driver.fill(2, [{ do: 'drop', what: house.relation(house.idle, 'priced'), kind: 'function' }]);
    await expect(filled).rejects.toThrow('priced by view public.early');
  });

  it('is nobody else’s schema that has only functions', async () => {
    const { driver, house } = await open({ slim: true });
    await house.run(
      'create schema "the shop__green"',
      `create function "the shop__green".f() returns integer language sql as 'select 1'`,
    );
    await house.warehouse.claim(fence(1), null);
    const filled = driver.fill(1, house.prepare(await house.warehouse.catalog(house.live)));
    await expect(filled).rejects.toThrow('holds what no release of lastgreen built');
  });
});

describe('a kept side that has only a function', () => {
  it('is kept, and goes when it is removed', async () => {
    const housed = await open({ slim: true });
    const { driver, house, value } = housed;
    await driver.deploy(1, priced(housed, 10));
    await driver.deploy(2, priced(housed, 20));
    const kept = await house.warehouse.kept();
    expect(kept).toMatchObject([{ release: 'r1', bytes: 0 }]);
    expect((await house.warehouse.catalog(containersOf(kept[0]))).relations.map(({ kind }) => kind)).toEqual([
      'function',
    ]);
    expect(await house.warehouse.remove(kept)).toEqual(['the shop__r1']);
    expect(await value(`select count(*) from pg_proc where proname = 'priced'`)).toBe(1);
  });

  it('is not removed while somebody calls it', async () => {
    const housed = await open({ slim: true });
    const { driver, house } = housed;
    await driver.deploy(1, priced(housed, 10));
    await driver.deploy(2, priced(housed, 20));
    await house.run('create view public.report as select "the shop__r1".priced(1)');
    await expect(house.warehouse.remove(await house.warehouse.kept())).rejects.toThrow(
      '"the shop__r1".priced by view public.report',
    );
  });
});

describe('what replaces a live function', () => {
  const self = async ({ house, live }: Housed) =>
    (
      await house.run(`select proowner::regrole::text as owner, prosecdef as definer, proconfig as set, obj_description(oid, 'pg_proc') as said,
       array(select pg_get_userbyid(a.grantee) || ' ' || a.is_grantable from aclexplode(proacl) a where a.grantee <> proowner and a.grantee <> 0 order by 1) as grants,
       has_function_privilege('teller', oid, 'execute') as all
     from pg_proc where oid = '${live('priced')}(integer)'::regprocedure`)
    )[0];
  const protect = ({ house, relation }: Housed) =>
    ({
      do: 'protect',
      kind: 'function',
      live: relation('priced'),
      idle: house.relation(house.idle, 'priced'),
    }) as const;
  const byHand = (live: Housed['live']): readonly string[] => [
    `revoke execute on function ${live('priced')} from public`,
    `grant execute on function ${live('priced')} to reader with grant option`,
    `alter function ${live('priced')} security definer set search_path = "$user", 'the shop' set work_mem = '5MB'`,
    `comment on function ${live('priced')}(integer) is 'what it''s worth'`,
    `alter function ${live('priced')} owner to analyst`,
  ];
  const kept = {
    owner: 'analyst',
    definer: true,
    set: ['search_path="$user", "the shop"', 'work_mem=5MB'],
    said: `what it's worth`,
    grants: ['reader true'],
    all: false,
  };

  it('is as open, as closed and as well guarded as live’s', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live, relation } = housed;
    await driver.deploy(1, priced(housed, 10));
    await house.run(...byHand(live));
    expect(await self(housed)).toEqual(kept);
    const built = await driver.build(2, priced(housed, 20));
    const rightsOn = async (of: readonly Container[]) =>
      (await house.warehouse.catalog(of)).find(house.relation(of, 'priced'))?.protection;
    expect(await rightsOn(house.live)).toMatchObject({
      owner: 'analyst',
      grants: [
        { what: 'EXECUTE to reader', column: null },
        { what: 'EXECUTE to reader with grant option', column: null },
      ],
      rules: ['being closed to public', 'security definer', 'set search_path', 'set work_mem'],
    });
    expect(await rightsOn(house.idle)).toMatchObject({ grants: [{ what: 'EXECUTE to public' }], rules: [] });
    await driver.fill(2, [protect(housed)]);
    expect(await rightsOn(house.idle)).toEqual(await rightsOn(house.live));
    await driver.publish({ ...built, seal: await house.warehouse.seal(r(2), house.idle, fence(2)) });
    expect(await self(housed)).toEqual(kept);
    expect((await house.warehouse.catalog(house.live)).find(relation('priced'))?.columns).toEqual([
      { name: 'arguments', type: '(n integer)', nullable: true },
      { name: 'returns', type: 'integer', nullable: true },
    ]);
  });

  it('comes back with what live grants by then', async () => {
    const housed = await open({ slim: true });
    const { driver, house, live, relation } = housed;
    await driver.deploy(1, priced(housed, 10));
    await house.run(`grant execute on function ${live('priced')} to teller`);
    await driver.deploy(2, priced(housed, 20));
    await house.run(...byHand(live));
    await house.warehouse.claim(fence(3), null);
    const rests = { ...relation('priced'), schema: 'the shop__r1' };
    await driver.fill(3, [{ do: 'protect', kind: 'function', live: relation('priced'), idle: rests }]);
    await driver.swapBack(4, r(1));
    expect(await self(housed)).toEqual(kept);
  });
});
