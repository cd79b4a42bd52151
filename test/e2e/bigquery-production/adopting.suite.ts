import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { history } from '../../../src/cli/render/history.ts';
import { described } from './described.ts';
import type { Ground } from './ground.ts';
import { DASHBOARD, letViewsIn, READ } from './stage.ts';

const nobodys = ['analytics.board', 'analytics.budget'];

/** A production that no release knows becomes one, whatever stops that. */
export function adoptsIt(ground: () => Ground): void {
  /** As before the first adoption. */
  const startOver = async (): Promise<void> => {
    await ground().server.control.putBack('analytics', 'unadopted');
    await rm(join(ground().project.dir, '.lastgreen'), { recursive: true });
  };

  const slots = ['blue', 'green', 'grey'].map((slot) => `analytics__${slot}`);

  test('is not adopted while that would keep readers from what a source lets them see', async () => {
    const { exit, stderr } = await ground().project.lastgreen('adopt');
    expect(exit).toBe(8);
    expect(stderr).toContain('readers of analytics.recent would be refused: ');
    expect(stderr).toContain(
      `-> authorise ${slots.map((slot) => `\`${slot}\``).join(', ')} as datasets of ${ground().server.project}.shop_raw`,
    );
    expect(stderr).toMatch(/^Next: do that, then lastgreen adopt$/m);
    expect(await ground().shown()).toEqual(ground().before);
    expect(await ground().now()).toMatchObject({ outcome: 'unadopted', live: null, next: 'lastgreen adopt' });
    expect((await ground().project.document(history, 'history')).entries[0]).toMatchObject({ state: 'aborted' });
    await letViewsIn(ground().server, 'shop_raw', [...READ, ...slots]);
    await ground().server.control.keep('analytics', 'unadopted');
  });

  test('is adopted into a dataset of its own, and goes on as it is until its readers move', async () => {
    const { project, owner, settings, before } = ground();
    const config = ['--config', 'reports.yml'];
    await writeFile(
      join(project.dir, 'reports.yml'),
      `store: ./.reports\n${settings.replace('target: prod', 'target: reports')}`,
    );
    const held = await project.lastgreen('adopt', '--from', 'reporting_old', ...config);
    expect(held.stderr).toContain("reporting_old begins like the target's dataset reporting");
    const { stdout } = await project.succeed('adopt', '--from', 'analytics', ...config);
    expect(stdout).toContain(
      'analytics stays as it is: move readers when you like, and give them rights on reporting.',
    );
    expect(await ground().shown()).toEqual(before);
    expect(await ground().behind()).toEqual({});

    const there = await described(owner, ['reporting', 'reporting_marts']);
    const owned = Object.entries(before).filter(([name]) => !nobodys.includes(name));
    expect(there).toEqual(Object.fromEntries(owned.map(([name, is]) => [name.replace('analytics', 'reporting'), is])));
    const texts = await owner.ask('select view_definition as text from reporting__blue.INFORMATION_SCHEMA.VIEWS');
    expect(texts.filter(({ text }) => /\banalytics/.test(String(text)))).toEqual([]);
    expect(texts.some(({ text }) => String(text).includes('reporting__blue_marts'))).toBe(true);
    await owner.ask("insert into analytics.orders values (9, 1, 90, date '2026-11-09', 1)");
    expect(await owner.ask('select count(*) as n from reporting.orders')).toEqual([{ n: 3 }]);
    await owner.ask('delete from analytics.orders where id = 9');
    const again = await project.lastgreen('adopt', '--from', 'analytics', ...config);
    expect(again.exit, again.stderr).toBe(4);
    await rm(join(project.dir, 'reports.yml'));
  });

  test('is adopted whole where that was killed in the middle, and resumed', async () => {
    const { project } = ground();
    // A view stands in for the table by then, and says nothing yet of what the table said.
    await ground().killedAt({ match: 'rename to `orders__before_lastgreen`', when: 'after' }, 'adopt');
    const halfway = await ground().now();
    expect(halfway).toMatchObject({ outcome: 'indeterminate', live: null, next: 'lastgreen resume' });
    expect(halfway.says).toMatch(/^INDETERMINATE: the cutover of r\d+ stopped with \d of 8 changed\.$/);
    expect((await project.lastgreen('deploy')).exit).toBe(7);
    const back = await project.lastgreen('rollback');
    expect(back.exit).toBe(8);
    expect(back.stderr).toMatch(/nothing was live before the first release: resume it[^]*^Next: lastgreen resume$/m);
    const resumed = await project.succeed('resume');
    expect(resumed.stdout).toContain('is live and green');
    expect(await ground().shown()).toEqual(ground().before);
    expect(await ground().now()).toMatchObject({ outcome: 'green', next: 'lastgreen plan' });
    await startOver();
  });

  test('is adopted with what was written while the server could not be reached', async () => {
    const { project, owner, server } = ground();
    await server.control.rule({
      match: 'rename to `orders__before_lastgreen`',
      onwards: true,
      do: { kind: 'drop' },
    });
    const stopped = await project.lastgreen('adopt');
    expect(stopped.exit, stopped.stderr).toBe(7);
    expect(stopped.stderr).toMatch(/^Next: lastgreen resume$/m);
    await server.control.clearRules();
    await owner.ask("insert into analytics.orders values (4, 1, 40, date '2026-11-03', 1)");
    const written = await ground().shown();
    await project.succeed('resume');
    expect(await ground().behind()).toHaveProperty(['analytics.orders'], 'analytics__blue');
    expect(await ground().shown()).toEqual(written);
    await startOver();
  });

  test('is adopted after all where the server failed, as the message says', async () => {
    const { project, server } = ground();
    await server.control.rule({
      match: 'clone .*events|destinationTable.*events',
      onwards: true,
      do: { kind: 'fail', reason: 'accessDenied', code: 403, message: 'Access Denied: nobody may copy events' },
    });
    const failed = await project.lastgreen('adopt');
    expect(failed.exit, failed.stderr).toBe(6);
    expect(failed.stderr).toContain('The warehouse refused: Access Denied: nobody may copy events');
    await server.control.clearRules();
    expect(await ground().now()).toMatchObject({ outcome: 'unadopted', next: 'lastgreen adopt' });
    const adopted = await project.succeed('adopt');
    expect(adopted.stdout).toContain('is live and green: what was there');
  });

  test('has views over a slot by then, and readers notice nothing', async () => {
    const after = await ground().shown();
    expect(after).toEqual(ground().before);
    const names = Object.keys(ground().before).filter((name) => !nobodys.includes(name));
    expect(await ground().behind()).toEqual(
      Object.fromEntries(
        names.map((name) => [name, name.startsWith('analytics_marts') ? 'analytics__blue_marts' : 'analytics__blue']),
      ),
    );
    const dashboard = ground().as(DASHBOARD);
    for (const name of Object.keys(ground().before))
      expect(await dashboard.ask(`select * from ${name}`)).not.toEqual([]);
    const auditor = ground().as('auditor@shop.test');
    expect(await auditor.ask('select count(*) as n from analytics.orders')).toEqual([{ n: 3 }]);
    expect(await ground().now()).toMatchObject({
      outcome: 'green',
      live: { subject: 'Begin' },
      back: null,
      next: 'lastgreen plan',
    });
  });

  test('keeps the tables that views took the place of for as long as a rollback is kept, and prune deletes them', async () => {
    const { project, owner, before, settings } = ground();
    const resting = async (): Promise<readonly string[]> => {
      const tables = await Promise.all(READ.map((dataset) => owner.bigquery.dataset(dataset).getTables()));
      const names = tables.flatMap(([found]) => found.flatMap(({ id }) => id ?? []));
      return names.filter((name) => name.endsWith('__before_lastgreen')).toSorted();
    };
    const all = ['by_city', 'cities', 'clients', 'customers_history', 'events', 'orders'].map(
      (name) => `${name}__before_lastgreen`,
    );
    expect(await resting()).toEqual(all);
    expect((await project.succeed('prune', '--yes')).stdout).toMatch(
      /^ +until .* "?[\w-]+"?\.analytics\.orders__before_lastgreen, which a view took the place of$/m,
    );
    expect(await resting()).toEqual(all);

    await writeFile(join(project.dir, 'soon.yml'), settings.replace('72h', '1s'));
    const pruned = await project.succeed('prune', '--yes', '--config', 'soon.yml');
    await rm(join(project.dir, 'soon.yml'));
    expect(pruned.stdout).toContain('Deleted 6 things.');
    expect(await resting()).toEqual([]);
    expect(await ground().shown()).toEqual(before);
    expect((await project.succeed('prune', '--yes')).stdout).toContain('Nothing has outlived its time.');
  });
}
