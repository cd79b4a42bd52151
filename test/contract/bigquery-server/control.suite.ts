import { describe, expect, it } from 'vitest';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { addDataset, clientIn, inDataset, reasonOf, refusal } from './client.ts';

/** What tests can do to the server. */
export function control(server: () => BigqueryServer): void {
  describe('a rule', () => {
    it('fails the n-th request that it is for, before or after it is done', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const fail = { kind: 'fail', reason: 'rateLimitExceeded', message: 'Exceeded rate limits' } as const;
      await server().control.rule({ match: `PATCH .*/${db.name}/tables/t`, nth: 2, do: fail });
      const patch = (name: string): Promise<readonly unknown[]> =>
        db.ask('PATCH', 'tables/t', { friendlyName: name }).then(reasonOf);
      expect([await patch('one'), await patch('two'), await patch('three')]).toEqual([
        [200, undefined],
        [403, 'rateLimitExceeded'],
        [200, undefined],
      ]);
      await server().control.rule({
        match: new RegExp(`PATCH .*/${db.name}/`),
        when: 'after',
        do: { ...fail, reason: 'backendError' },
      });
      expect(await patch('done all the same')).toEqual([503, 'backendError']);
      expect((await db.table('t')).friendlyName).toBe('done all the same');
    });

    it('may be for every so many-th request, or all from one on', async () => {
      const db = await inDataset(server());
      const fail = { kind: 'fail', reason: 'rateLimitExceeded', message: 'Exceeded rate limits' } as const;
      await server().control.rule({ match: `GET .*/${db.name}$|GET .*/${db.name} `, nth: 2, every: 3, do: fail });
      const seen: number[] = [];
      for (let at = 0; at < 6; at += 1) seen.push((await db.ask('GET', `datasets/${db.name}`)).status);
      expect(seen).toEqual([200, 403, 200, 200, 403, 200]);
      await server().control.clearRules();
      await server().control.rule({ match: `GET .*/${db.name} `, onwards: true, do: fail });
      expect((await db.ask('GET', `datasets/${db.name}`)).status).toBe(403);
      expect((await db.ask('GET', `datasets/${db.name}`)).status).toBe(403);
      await server().control.clearRules();
    });

    it('lets a job fail that was taken, for a reason of its own', async () => {
      const db = await inDataset(server());
      await server().control.rule({
        match: `create table ${db.name}x`,
        do: { kind: 'fail', job: true, reason: 'jobRateLimitExceeded', message: 'too many' },
      });
      await expect(db.run(`create table ${db.name}x as select 1 as v`)).rejects.toEqual(
        refusal('jobRateLimitExceeded'),
      );
      expect((await db.ask('GET', `tables/${db.name}x`)).status).toBe(404);
      await db.run(`create table ${db.name}x as select 1 as v`);
    });

    it('drops the connection: nothing is done before, all is done after', async () => {
      const db = await inDataset(server());
      await server().control.rule({ match: `POST .*/${db.name}/tables `, do: { kind: 'drop' } });
      await expect(db.ask('POST', 'tables', { tableReference: { tableId: 'a' } })).rejects.toThrow('fetch failed');
      expect((await db.ask('GET', 'tables/a')).status).toBe(404);
      await server().control.rule({ match: `select 'lost' as ${db.name}`, when: 'after', do: { kind: 'drop' } });
      const query = `create table ${db.name}.b as select 'lost' as ${db.name}`;
      const job = {
        jobReference: { jobId: `${db.name}-lost` },
        configuration: { query: { query, useLegacySql: false } },
      };
      await expect(db.ask('POST', 'jobs', job)).rejects.toThrow('fetch failed');
      expect((await db.ask('GET', `jobs/${db.name}-lost`)).body.status.state).toBe('DONE');
      expect((await db.ask('GET', 'tables/b')).status).toBe(200);
    });

    it('holds a request until it is released', async () => {
      const db = await inDataset(server());
      await db.run('create table t as select 1 as v');
      const rule = await server().control.rule({ match: `PATCH .*/${db.name}/tables/t`, do: { kind: 'hold' } });
      const held = db.ask('PATCH', 'tables/t', { description: 'late' });
      await rule.reached();
      await db.ask('PATCH', 'tables/t', { description: 'early' });
      await rule.release();
      expect((await held).status).toBe(200);
      expect((await db.table('t')).description).toBe('late');
      await expect((await server().control.rule({ match: 'never', do: { kind: 'drop' } })).reached(20)).rejects.toThrow(
        'no request',
      );
      await server().control.clearRules();
    });
  });

  describe('the control', () => {
    it('knows every request, who sent it and how it ended', async () => {
      const db = await inDataset(server());
      await expect(
        clientIn(server(), db.name, 'ann@example.com').rows(`select 1 as x, '${db.name}' from t`),
      ).rejects.toThrow('Access Denied');
      const seen = (await server().control.requests()).filter(({ sql }) => sql?.includes(`'${db.name}'`));
      expect(seen).toMatchObject([{ method: 'POST', user: 'ann@example.com', status: 200, reason: 'accessDenied' }]);
      await db.ask('DELETE', 'tables/nope', undefined, { 'if-match': '"x"' });
      expect((await server().control.requests()).at(-1)).toMatchObject({
        method: 'DELETE',
        ifMatch: '"x"',
        status: 404,
      });
    });

    it('knows which statements no BigQuery would read', async () => {
      const db = await inDataset(server());
      await expect(db.rows('select ) from nothing')).rejects.toThrow('Syntax error');
      const unreadable = (await server().control.unreadableStatements()).map(({ sql }) => sql);
      expect(unreadable).toContain('select ) from nothing');
      expect(unreadable).not.toContain('select 1 as v');
      await db.run('create table t as select 1 as v', 'create snapshot table s clone t', 'drop snapshot table s');
      expect(await server().control.unreadableStatements()).toContainEqual({
        sql: 'drop snapshot table s',
        app: null,
        error: 'it is kept as text',
      });
    });

    it('puts datasets back as they were kept: the same ages, etags and past', async () => {
      const db = await inDataset(server());
      const green = `${db.name}__green`;
      await addDataset(db, green);
      await db.run(`create table ${green}.t as select 1 as v`, `create view w as select * from ${green}.t`);
      const [view, table] = [await db.table('w'), (await db.ask('GET', `datasets/${green}/tables/t`)).body];
      await server().control.keep(db.name, db.name);
      for (let at = 0; at < 2; at += 1) {
        await db.run(`create or replace table ${green}.t as select 2 as v`, 'drop view w');
        await addDataset(db, `${db.name}__later`);
        await server().control.putBack(db.name, db.name);
        expect([await db.table('w'), (await db.ask('GET', `datasets/${green}/tables/t`)).body]).toEqual([view, table]);
        expect(await db.value('select v from w')).toBe(1);
        // What was done by then is as if it had never been: also the id of a job.
        const configuration = { query: { query: 'select 1', useLegacySql: false } };
        expect(
          (await db.ask('POST', 'jobs', { jobReference: { jobId: `${db.name}-once` }, configuration })).status,
        ).toBe(200);
        expect((await db.ask('GET', `datasets/${db.name}__later`)).status).toBe(404);
      }
    });
  });
}
