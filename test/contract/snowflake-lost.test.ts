import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Opener, openerOf } from '../../src/warehouse/snowflake/connect.ts';
import { isLost } from '../../src/warehouse/snowflake/errors.ts';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';
import { type Cable, layCable } from './snowflake-sessions/cable.ts';

describe('a session on Snowflake whose connection breaks', () => {
  let server: SnowflakeServer;
  let cable: Cable;
  let opener: Opener;
  let direct: Opener;
  beforeAll(async () => {
    server = await startSnowflake();
    direct = opening(server.port);
    await direct.with('set up', (session) => session.run('create database SHOP'));
  });
  afterAll(async () => {
    await direct[Symbol.asyncDispose]();
    await server.stop();
  });
  beforeEach(async () => {
    cable = await layCable(server.host, server.port);
    opener = opening(cable.port);
    await direct.with('set up', (session) => session.run('create or replace table SHOP.PUBLIC.ORDERS (ID int)'));
  });
  afterEach(async () => {
    await server.control.clearRules();
    await opener[Symbol.asyncDispose]();
    await cable[Symbol.asyncDispose]();
  });

  const target = (port: number) => ({
    type: 'snowflake',
    ...server.profile,
    port,
    role: 'SYSADMIN',
    database: 'SHOP',
    schema: 'PUBLIC',
  });
  const opening = (port: number): Opener => openerOf({ output: target(port), name: 'prod' });
  const insert = (id: number) => `insert into SHOP.PUBLIC.ORDERS values (${id})`;
  const failure = (act: Promise<unknown>): Promise<unknown> =>
    act.then(
      () => expect.fail('nothing was thrown'),
      (error: unknown) => error,
    );
  const ids = async (): Promise<readonly unknown[]> => {
    const rows = await direct.with('look', (session) => session.run('select ID from SHOP.PUBLIC.ORDERS order by ID'));
    return rows.map(({ ID }) => ID);
  };
  const times = async (sql: string): Promise<number> =>
    (await server.control.statements()).filter((one) => one.sql === sql).length;

  it.each([
    ['before', 11, []],
    ['after', 12, [12]],
  ] as const)(
    'sends a statement once, also when it breaks %s it was done, and says that nobody knows',
    async (when, id, there) => {
      await server.control.rule({ match: `values \\(${id}\\)`, when, do: { kind: 'drop' } });
      let before = 0;
      const sending = opener.with('test', (session) => {
        before = cable.requests;
        return session.run(insert(id));
      });
      const error = await failure(sending);
      expect(cable.requests - before).toBe(1);
      expect(error).toMatchObject({ is: 'down' });
      expect(isLost(error)).toBe(true);
      expect(await ids()).toEqual(there);
    },
  );

  it('learns what became of a script that runs on', async () => {
    const rule = await server.control.rule({ match: 'values \\(22\\)', when: 'before', do: { kind: 'hold' } });
    const done = opener.with('test', (session) => session.script([insert(21), insert(22), insert(23)]));
    await rule.reached();
    cable.cut();
    await rule.release();
    const { queryId } = await done;
    const ran = (await server.control.statements()).filter(({ parent }) => parent === queryId);
    expect(ran.map(({ sql }) => sql)).toEqual([insert(21), insert(22), insert(23)]);
    expect(await ids()).toEqual([21, 22, 23]);
  });

  it('learns at which statement a script failed meanwhile', async () => {
    const fenced = {
      sql: 'select 1 / (select count(*) from SHOP.PUBLIC.ORDERS where ID = 30)',
      guards: 'fenced',
    } as const;
    const rule = await server.control.rule({ match: 'ID = 30', when: 'before', do: { kind: 'hold' } });
    const done = failure(opener.with('test', (session) => session.script([insert(31), fenced, insert(32)])));
    await rule.reached();
    cable.cut();
    await rule.release();
    expect(await done).toMatchObject({ is: 'fenced', detail: { statement: 1 } });
    expect(await ids()).toEqual([31]);
  });

  it('says that nobody knows what became of a script that the server does not know', async () => {
    const done = opener.with('test', (session) => {
      cable.lose(1);
      return session.script([insert(36), insert(37)]);
    });
    expect(isLost(await failure(done))).toBe(true);
    expect(await times(insert(36))).toBe(0);
  });

  it('says that nobody knows how far a script came that somebody canceled', async () => {
    const rule = await server.control.rule({ match: 'values \\(39\\)', when: 'before', do: { kind: 'hold' } });
    let id = '';
    const done = failure(
      opener.with('test', (session) => {
        id = session.id;
        return session.script([insert(38), insert(39)]);
      }),
    );
    await rule.reached();
    await direct.with('drain', (session) => session.run('select system$cancel_all_queries(?)', [id]));
    expect(await done).toMatchObject({ is: 'unknown', detail: { code: '000604' } });
    expect(await ids()).toEqual([38]);
  });

  it('says that nobody knows what became of a script when the server cannot be asked', async () => {
    const rule = await server.control.rule({ match: 'values \\(42\\)', when: 'before', do: { kind: 'hold' } });
    const done = failure(opener.with('test', (session) => session.script([insert(41), insert(42)])));
    await rule.reached();
    await cable.remove();
    await rule.release();
    const error = await done;
    expect(error).toMatchObject({ is: 'down' });
    expect(error).not.toHaveProperty('detail.statement');
    expect(isLost(error)).toBe(true);
    await expect.poll(ids).toEqual([41, 42]);
    expect(await times(insert(41))).toBe(1);
  });

  it('lets a script go on whose answer it does not get', async () => {
    const rule = await server.control.rule({ match: 'values \\(44\\)', when: 'before', do: { kind: 'hold' } });
    const done = failure(opener.with('test', (session) => session.script([insert(43), insert(44)])));
    await rule.reached();
    cable.lose(3);
    cable.cut();
    expect(isLost(await done)).toBe(true);
    await opener[Symbol.asyncDispose]();
    await rule.release();
    await expect.poll(ids).toEqual([43, 44]);
  });

  it('knows that nothing was sent where nobody listens', async () => {
    await cable.remove();
    expect(isLost(await failure(opener.with('test', (session) => session.run('select 1'))))).toBe(false);
  });

  it.each([390_111, 390_112, 390_114] as const)(
    'is down when the server has ended it (%d), and another one is had',
    async (code) => {
      let ended = '';
      const gone = opener.with('test', async (session) => {
        ended = session.id;
        await server.control.endSession(session.id, code);
        await session.run(insert(51));
      });
      expect(await failure(gone)).toMatchObject({ is: 'down' });
      expect(await ids()).toEqual([]);
      const next = await opener.with('test', (session) => session.run('select current_session() as ID'));
      expect(next).not.toEqual([{ ID: ended }]);
    },
  );

  it('is not had again when it was ended while it rested', async () => {
    await using cautious = openerOf({ output: target(server.port), name: 'prod', trustMs: 0 });
    const rested = await cautious.with('test', (session) => Promise.resolve(session.id));
    await server.control.endSession(rested);
    await cautious.with('test', async (session) => {
      expect(session.id).not.toBe(rested);
      expect(await session.run('select 1 as N')).toEqual([{ N: 1 }]);
    });
  });
});
