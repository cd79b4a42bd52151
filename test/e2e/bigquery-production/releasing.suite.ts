import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { history } from '../../../src/cli/render/history.ts';
import { read } from '../../integration/frozen/reader.ts';
import { orders } from './files.ts';
import type { Ground } from './ground.ts';
import { DASHBOARD, letViewsIn, READ } from './stage.ts';

/** What tells its release. */
const told = ['analytics.orders', 'analytics_marts.by_city', 'analytics.best_city'];

/** dbt's statement, with its comment before it. */
const MAKES_ORDERS = /create or replace table `[^`]+`\.`[^`]+`\.`orders`/i;

/** What a team does once it is adopted. */
export function releasesIt(ground: () => Ground): void {
  const dashboard = () => ground().as(DASHBOARD);
  const liveSha = () => readFile(join(ground().project.dir, '.lastgreen', 'prod', 'LIVE_SHA'), 'utf8');
  const entries = async () => (await ground().project.document(history, 'history')).entries;
  const slot = async (): Promise<string | undefined> => (await ground().behind())['analytics.orders'];
  const commit = (release: number) => ground().project.commit(`Release ${release}`, orders(release));
  /** The releases that readers see at once. */
  const seen = async (): Promise<readonly unknown[]> => {
    const asked = told.map((name) => `select distinct release from ${name}`).join(' union distinct ');
    return (await dashboard().ask(asked)).map(({ release }) => release);
  };
  /** The statements by which dbt made the orders since then; what the server carried out has ids of its own. */
  const made = async (since: number): Promise<readonly string[]> => {
    const all = await ground().server.control.requests(since);
    const done = all.filter(({ job, status, reason }) => job !== null && status === 200 && reason === null);
    expect(new Set(done.map(({ job }) => job)).size, 'jobs by their ids').toBe(done.length);
    return done.flatMap(({ sql }) => (sql !== null && MAKES_ORDERS.test(sql) ? [sql] : []));
  };
  const requests = async (): Promise<number> => (await ground().server.control.requests()).length;

  describe('refresh', () => {
    test('writes to the slot that is live, and the views tell what came, with all that people gave them', async () => {
      const { project, owner } = ground();
      await owner.ask('grant `roles/bigquery.dataViewer` on table analytics.clients to "user:auditor@shop.test"');
      await owner.ask("alter view analytics.clients set options (labels = [('team', 'crm'), ('owner', 'ann')])");
      const [before, sha, at] = [(await ground().shown())['analytics.clients'], await liveSha(), await slot()];
      await owner.ask('alter table shop_raw.customers add column city string');
      await owner.ask("insert into shop_raw.customers values (3, 'Cy', 'Kiel')");
      const { stdout } = await project.succeed('refresh', '--', '--select', 'clients', 'customers_history');
      expect(stdout).toMatch(/^run \d+: 2 nodes of r\d+ refreshed in .*; no code was shipped\.$/m);

      const after = (await ground().shown())['analytics.clients'];
      expect(after?.rows).toHaveLength(3);
      expect(after).toEqual({
        ...before,
        rows: after?.rows,
        columns: [...(before?.columns ?? []), { name: 'city', description: null }],
      });
      expect(before).toMatchObject({
        labels: { team: 'crm', owner: 'ann' },
        grants: ['roles/bigquery.dataViewer to user:auditor@shop.test'],
      });
      expect(await dashboard().ask("select city from analytics.clients where name = 'Cy'")).toEqual([{ city: 'Kiel' }]);
      expect({ sha: await liveSha(), at: await slot() }).toEqual({ sha, at });
      expect((await ground().now()).back).toBeNull();
      expect((await entries())[0]).toMatchObject({
        id: expect.stringMatching(/^run \d+$/),
        kind: 'refresh',
        state: 'done',
      });
    });

    test('--gated is a release of the same commit in another slot', async () => {
      const [before, sha, at] = [await ground().shown(), await liveSha(), await slot()];
      await ground().project.succeed('refresh', '--gated');
      expect(await ground().shown()).toEqual(before);
      expect(await liveSha()).toBe(sha);
      expect(await slot()).not.toBe(at);
      const [newest, , adopted] = await entries();
      expect(newest).toMatchObject({ kind: 'refresh', state: 'green', live: true });
      expect((await ground().now()).back).toMatchObject({ release: adopted?.id });
    });
  });

  describe('a deploy', () => {
    test('that is killed in the middle of its cutover is told, and ended by resume, and no reader gets an error', async () => {
      const { project } = ground();
      await commit(2);
      const since = await requests();
      const reader = await read(dashboard(), told);
      await ground().killedAt(
        { match: 'PATCH .*/datasets/analytics(_marts)?/tables/', nth: 2, when: 'before' },
        'deploy',
      );
      const halfway = await ground().now();
      expect(halfway).toMatchObject({ outcome: 'indeterminate', next: 'lastgreen resume' });
      expect(halfway.says).toMatch(/^INDETERMINATE: the cutover of r\d+ stopped with \d of 8 changed\.$/);
      await project.succeed('resume');
      const answers = await reader.stop();
      expect(answers.filter(({ error }) => error !== null)).toEqual([]);
      expect(await seen()).toEqual([2]);
      expect(await ground().now()).toMatchObject({ outcome: 'green', live: { subject: 'Release 2' } });
      expect(await made(since)).toHaveLength(1);
    });

    test('that is killed while dbt builds changed nothing, and resume begins the build again', async () => {
      const { project } = ground();
      await commit(3);
      const reader = await read(dashboard(), told);
      await ground().killedAt({ match: MAKES_ORDERS, when: 'before' }, 'deploy');
      const died = await ground().now();
      expect(died).toMatchObject({ outcome: 'died', live: { subject: 'Release 2' }, next: 'lastgreen resume' });
      expect(await seen()).toEqual([2]);
      await project.succeed('resume');
      const answers = await reader.stop();
      expect(answers.filter(({ error }) => error !== null)).toEqual([]);
      expect(await seen()).toEqual([3]);
      expect(await ground().now()).toMatchObject({ outcome: 'green', live: { subject: 'Release 3' } });
    });

    test('beside another one exits 4 and names that, which goes on and runs nothing twice', async () => {
      const { project, server } = ground();
      await commit(4);
      const since = await requests();
      const rule = await server.control.rule({ match: MAKES_ORDERS, do: { kind: 'hold' } });
      const first = project.start('deploy');
      await Promise.race([rule.reached(120_000), first.ended]);
      const second = await project.lastgreen('deploy');
      expect(second.exit, second.stderr).toBe(4);
      expect(second.stderr).toMatch(new RegExp(`pid ${first.pid}\\b.* is running deploy; last heartbeat \\d+ s ago`));
      await rule.release();
      expect(await first.ended).toMatchObject({ exit: 0 });
      expect(await seen()).toEqual([4]);
      expect(await made(since)).toHaveLength(1);
    });

    test('that somebody could not read is stopped before its cutover, with what would let them in', async () => {
      const { project, server, owner, settings } = ground();
      const building = {
        analytics__blue: 'analytics__green',
        analytics__green: 'analytics__grey',
        analytics__grey: 'analytics__blue',
      };
      const live = (await slot()) as keyof typeof building;
      const next = building[live];
      const others = Object.keys(building).filter((name) => name !== next);
      await letViewsIn(server, 'shop_raw', [...READ, ...others]);
      await project.commit('Release 5', {
        ...orders(5),
        'lastgreen.yml': `${settings}    gates: {reader_access: {readers: ['user:${DASHBOARD}', 'user:newcomer@shop.test']}}\n`,
      });
      const before = await ground().shown();
      const stopped = await project.lastgreen('deploy');
      expect(stopped.exit, stopped.stderr).toBe(3);
      expect(stopped.stderr).toContain(
        `user:newcomer@shop.test may not read analytics.best_city, analytics.orders -> GRANT`,
      );
      expect(stopped.stderr).toContain(`readers of analytics.recent would be refused: `);
      expect(stopped.stderr).toContain(`-> authorise \`${next}\` as a dataset of ${server.project}.shop_raw`);
      expect(stopped.stderr).not.toContain(`${DASHBOARD} may not`);
      expect(await ground().shown()).toEqual(before);

      const grants = [...new Set(stopped.stderr.match(/GRANT [^;]+/g))];
      expect(grants).toHaveLength(READ.length);
      for (const grant of grants) await owner.ask(grant);
      await letViewsIn(server, 'shop_raw', [...READ, ...Object.keys(building)]);
      await project.succeed('deploy');
      expect(await seen()).toEqual([5]);
      const newcomer = ground().as('newcomer@shop.test');
      for (const name of [...told, 'analytics.recent'])
        expect(await newcomer.ask(`select * from ${name}`)).not.toEqual([]);
    });
  });
}
