import { describe, expect, it } from 'vitest';
import type { SnowflakeServer } from '../../warehouses/snowflake/server.ts';
import { type Client, connected, inDatabase, refusal } from './client.ts';

/** Sessions, requests of several statements, transactions, and what can be done to them. */
export function wire(server: () => SnowflakeServer): void {
  describe('a session', () => {
    it('begins with the right password only', async () => {
      await expect(connected(server(), { password: 'guess' })).rejects.toEqual(refusal('390100'));
      await using client = await connected(server());
      expect(await client.rows('select current_user() as u, current_role() as r, current_warehouse() as w')).toEqual([
        { U: 'FAKE', R: 'SYSADMIN', W: 'WH' },
      ]);
    });

    it('begins with a token, where there is one', async () => {
      await using client = await connected(server(), { authenticator: 'OAUTH', token: 'one', username: 'fake' });
      expect(await client.value('select 1 as n')).toBe(1);
      await expect(connected(server(), { authenticator: 'OAUTH', token: 'expired', username: 'fake' })).rejects.toEqual(
        refusal('390318'),
      );
    });

    it('keeps its parameters to itself, and a request may have its own', async () => {
      await using db = await inDatabase(server());
      await db.run(`alter session set query_tag = 'of the session'`);
      const tag = `select query_tag from table(information_schema.query_history_by_session()) where query_text like '%own tag%' order by start_time limit 1`;
      await db.rows(`select 1 as "own tag"`, { parameters: { QUERY_TAG: 'of the request' } });
      expect(await db.value(tag)).toBe('of the request');
      expect(await db.rows(`show parameters like 'query_t_g' in session`)).toMatchObject([
        { key: 'QUERY_TAG', value: 'of the session', level: 'SESSION' },
      ]);
      await db.run('alter session unset query_tag');
      expect(await db.rows(`show parameters like 'query_tag'`)).toMatchObject([{ value: '', level: '' }]);
      await expect(db.rows('alter session set nonsense = 1')).rejects.toThrow('invalid parameter');
    });

    it('that was ended answers nothing any more, and has let go of what it held', async () => {
      await using db = await inDatabase(server());
      await using other = await connected(server(), { database: db.name, schema: 'PUBLIC' });
      await db.run('create table t as select 1 as v');
      await other.run('begin', 'update t set v = 2');
      const id = await other.text('select current_session()');
      await db.run(`select system$abort_session(${id})`, 'update t set v = v + 10');
      await expect(other.rows('select 1')).rejects.toThrow('terminated connection');
      expect(await db.value('select v from t')).toBe(11);
    });

    it('without a warehouse cannot read tables', async () => {
      await using db = await inDatabase(server(), { warehouse: 'NONE' });
      await expect(db.rows('select * from information_schema.tables')).rejects.toEqual(refusal('000606', '57P03'));
      await db.run('use warehouse wh', 'select * from information_schema.tables');
    });
  });

  describe('what is not modelled', () => {
    it.each([
      'call p()',
      'create network policy s',
      'alter table t add search optimization',
      'explain select 1',
      'show shares',
    ])('is refused: %s', async (sql) => {
      await using db = await inDatabase(server());
      await db.run('create table t (v int)');
      await expect(db.rows(sql)).rejects.toThrow('does not model');
    });

    it('is no statement: 001003', async () => {
      await using client = await connected(server());
      await expect(client.rows('selec 1')).rejects.toEqual(refusal('001003', '42000'));
      await expect(client.rows('select from from')).rejects.toEqual(refusal('001003', '42000'));
    });
  });

  describe('a request of several statements', () => {
    it('stops at the first that fails; what came before it has happened', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t as select 1 as v');
      const guarded = db.together(
        `update t set v = 2`,
        'create table u as select 1 as v',
        'select 1 / (select count(*) from t where v = 1)',
        'update t set v = 3',
      );
      await expect(guarded).rejects.toThrow('Division by zero');
      await expect(guarded).rejects.toEqual(refusal('100132', 'P0000'));
      expect(await db.rows('select t.v as t, u.v as u from t, u')).toEqual([{ T: 2, U: 1 }]);
    });

    it('has values for its places, in order, and is of as many as were said', async () => {
      await using db = await inDatabase(server());
      await db.rows('create table t (a int, b varchar); insert into t values (?, ?); insert into t values (?, ?)', {
        binds: [1, 'x', 2, "y'"],
        parameters: { MULTI_STATEMENT_COUNT: 3 },
      });
      expect(await db.rows('select * from t order by a')).toEqual([
        { A: 1, B: 'x' },
        { A: 2, B: "y'" },
      ]);
      const between = 'select datediff(second, ?::timestamp_ntz, ?::timestamp_ntz) as seconds';
      expect(await db.rows(between, { binds: ['2026-01-01 10:00:00', '2026-01-01 10:00:05'] })).toEqual([
        { SECONDS: 5 },
      ]);
      await expect(db.rows('select 1; select 2')).rejects.toEqual(refusal('000008', '0A000'));
    });

    it('is in the history while it runs, and stops before its next statement when it is cancelled', async () => {
      await using db = await inDatabase(server());
      await using other = await connected(server());
      const held = await server().control.rule({ match: /'two held'/, when: 'before', do: { kind: 'hold' } });
      const request = db.together('create table one (v int)', `select 'two held' as v`, 'create table three (v int)');
      await Promise.all([
        expect(request).rejects.toEqual(refusal('000604', '57014')),
        held.reached().then(async () => {
          const running = await other.text(
            `select query_id as id from table(${db.name}.information_schema.query_history())
             where execution_status = 'RUNNING' and query_type = 'MULTI_STATEMENT' and query_text like 'create table one%'`,
          );
          await other.run(`select system$cancel_query('${running}')`);
        }),
      ]);
      expect((await db.rows('show terse tables')).map((row) => row['name'])).toEqual(['ONE']);
    });
  });

  describe('a transaction', () => {
    it('is seen by others when it is committed, and lets one at a time write to a table', async () => {
      await using db = await inDatabase(server());
      await using other = await connected(server(), { database: db.name, schema: 'PUBLIC' });
      await db.run('create table t as select 0 as v', 'begin', 'update t set v = v + 1');
      expect([await db.value('select v from t'), await other.value('select v from t')]).toEqual([1, 0]);
      const waiting = other.run('update t set v = v + 10 where v = 1');
      await db.run('commit');
      await waiting;
      expect(await db.value('select v from t')).toBe(11);
      await db.run('begin', 'delete from t', 'rollback');
      expect(await db.value('select count(*) as n from t')).toBe(1);
    });

    it('reads at each statement what the others have committed', async () => {
      await using db = await inDatabase(server());
      await using other = await connected(server(), { database: db.name, schema: 'PUBLIC' });
      await db.run('create table t as select 0 as v', 'begin', 'select v from t');
      await other.run('update t set v = 1');
      expect(await db.value('select v from t')).toBe(1);
      await db.run('commit');
    });

    it('is committed by DDL', async () => {
      await using db = await inDatabase(server());
      await db.run(
        'create table t as select 0 as v',
        'begin',
        'update t set v = 1',
        'create table u (v int)',
        'rollback',
      );
      expect(await db.value('select v from t')).toBe(1);
    });

    it('of another one is waited for no longer than LOCK_TIMEOUT', async () => {
      await using db = await inDatabase(server());
      await using other = await connected(server(), { database: db.name, schema: 'PUBLIC' });
      await db.run('create table t as select 0 as v', 'begin', 'update t set v = 1');
      await other.run('alter session set lock_timeout = 0');
      await expect(other.rows('update t set v = 2')).rejects.toEqual(refusal('000625', '57014'));
    });

    it('of one of two that race for the same row is the only one that finds it', async () => {
      await using db = await inDatabase(server());
      const racers = await Promise.all(
        [1, 2, 3].map(() => connected(server(), { database: db.name, schema: 'PUBLIC' })),
      );
      await db.run('create table t as select 0 as holder');
      const counts = await Promise.all(
        racers.map((one, at) => one.value(`update t set holder = ${at + 1} where holder = 0`)),
      );
      expect(counts.filter((count) => count === 1)).toHaveLength(1);
      expect(counts.filter((count) => count === 0)).toHaveLength(2);
      for (const one of racers) await one[Symbol.asyncDispose]();
    });

    it('merges, and counts what it inserted, updated and deleted', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t as select 1 as k, 10 as v union all select 2, 20');
      const merged = await db.rows(`merge into t using (select 2 as k, 21 as v union all select 3, 30) as s on t.k = s.k
        when matched then update set v = s.v when not matched then insert (k, v) values (s.k, s.v)`);
      expect(merged).toEqual([{ 'number of rows inserted': 1, 'number of rows updated': 1 }]);
      expect(await db.value('select sum(v) as n from t')).toBe(61);
      const twice = `merge into t using (select 2 as k union all select 2) as s on t.k = s.k when matched then delete`;
      await expect(db.rows(twice)).rejects.toEqual(refusal('100090'));
    });
  });

  describe('a statement', () => {
    it('ends at its timeout', async () => {
      await using client = await connected(server());
      const slow = client.rows('select system$wait(30)', { parameters: { STATEMENT_TIMEOUT_IN_SECONDS: 1 } });
      await expect(slow).rejects.toEqual(refusal('000630', '57014'));
    });

    it('that nobody waits for can be asked for later', async () => {
      await using client = await connected(server());
      const held = await server().control.rule({ match: 'asked for later', when: 'before', do: { kind: 'hold' } });
      const id = await new Promise<string>((resolve, reject) => {
        client.raw.execute({
          sqlText: `select 'asked for later' as v`,
          asyncExec: true,
          complete: (error, statement) => (error ? reject(error) : resolve(statement.getQueryId())),
        });
      });
      await held.reached();
      expect(await client.raw.getQueryStatus(id)).toBe('RUNNING');
      await held.release();
      const statement = await client.raw.getResultsFromQueryId({ queryId: id, sqlText: '' });
      const rows: unknown[] = [];
      for await (const row of statement.streamRows()) rows.push(row);
      expect(rows).toEqual([{ V: 'asked for later' }]);
    });

    it('fails where it was told to, once', async () => {
      await using client = await connected(server());
      const fail = { kind: 'fail', code: 2003, sqlState: '02000', message: 'as told' } as const;
      await server().control.rule({ match: 'told to fail', nth: 2, when: 'before', do: fail });
      const sql = `select 'told to fail' as v`;
      await client.rows(sql);
      await expect(client.rows(sql)).rejects.toEqual(refusal('002003', '02000'));
      await client.rows(sql);
    });
  });

  describe('a lost connection', () => {
    const drop = async (db: Client, when: 'before' | 'after'): Promise<void> => {
      const rule = { match: 'insert into t values \\(2\\)', when, do: { kind: 'drop', retries: 'refused' } } as const;
      await server().control.rule(rule);
      await expect(
        db.together('insert into t values (1)', 'insert into t values (2)', 'insert into t values (3)'),
      ).rejects.toThrow('Request to Snowflake failed');
    };

    it.each([
      ['before', [1]],
      ['after', [1, 2, 3]],
    ] as const)('%s a statement leaves done what was', async (when, done) => {
      await using db = await inDatabase(server());
      await using other = await connected(server(), { database: db.name, schema: 'PUBLIC' });
      await db.run('create table t (v int)');
      await drop(db, when);
      expect((await other.rows('select v from t order by v')).map((row) => row['V'])).toEqual(done);
    });

    it('is asked for again by the driver, and done once', async () => {
      await using db = await inDatabase(server());
      await db.run('create table t (v int)');
      const lost = { kind: 'drop', retries: 'answered' } as const;
      await server().control.rule({ match: 'values \\(42\\)', when: 'after', do: lost });
      await db.run('insert into t values (42)');
      expect(await db.value('select count(*) as n from t')).toBe(1);
    });
  });
}
