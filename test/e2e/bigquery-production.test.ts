import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { history } from '../../src/cli/render/history.ts';
import { type StatusDocument, status } from '../../src/cli/render/status.ts';
import type { Ended } from '../story/command.ts';
import type { RuleGiven } from '../warehouses/bigquery/control.ts';
import { type Described, described } from './bigquery-production/described.ts';
import { byHand } from './bigquery-production/files.ts';
import { DASHBOARD, letViewsIn, makeProduction, type Production, READ } from './bigquery-production/stage.ts';

// dbt starts many times, and other tests run beside it.
const patience = 300_000;

let production: Production;
/** What readers use, before any release. */
let before: Readonly<Record<string, Described>>;
beforeAll(async () => {
  production = await makeProduction();
  for (const sql of byHand) await production.owner.ask(sql);
  before = await shown();
}, patience);
afterAll(() => production[Symbol.asyncDispose](), patience);
afterEach(() => production.server.control.clearRules());

const shown = () => described(production.owner, READ);
const now = (): Promise<StatusDocument> => production.project.document(status, 'status');
const nobodys = ['analytics.board', 'analytics.budget'];

/** What stands behind each name: a dataset where it is a view of lastgreen's. */
async function behind(): Promise<Readonly<Record<string, string>>> {
  const rows = await Promise.all(
    READ.map((dataset) =>
      production.owner.ask(`select concat('${dataset}.', table_name) as name, view_definition as text
        from ${dataset}.INFORMATION_SCHEMA.VIEWS where view_definition like 'SELECT * FROM \`%'`),
    ),
  );
  return Object.fromEntries(
    rows.flat().map(({ name, text }) => [String(name), /\.(\w+)\.\w+`$/.exec(String(text))?.[1] ?? '']),
  );
}

/** Types a command, kills it at a request to the server, and lets that go on. */
async function killedAt(given: Pick<RuleGiven, 'match' | 'nth' | 'when'>, ...args: readonly string[]): Promise<Ended> {
  const rule = await production.server.control.rule({ ...given, do: { kind: 'hold' } });
  const running = production.project.start(...args);
  await Promise.race([rule.reached(patience), running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  running.kill('SIGKILL');
  const ended = await running.ended;
  await rule.release();
  await production.server.control.clearRules();
  return ended;
}

/** As before the first adoption. */
async function startOver(): Promise<void> {
  await production.server.control.putBack('analytics', 'unadopted');
  await rm(join(production.project.dir, '.lastgreen'), { recursive: true });
}

describe('a production that plain dbt built', { timeout: patience }, () => {
  const slots = ['blue', 'green', 'grey'].map((slot) => `analytics__${slot}`);

  test('is not adopted while that would keep readers from what a source lets them see', async () => {
    const { exit, stderr } = await production.project.lastgreen('adopt');
    expect(exit).toBe(8);
    expect(stderr).toContain('readers of analytics.recent would be refused: ');
    expect(stderr).toContain(
      `-> authorise ${slots.map((slot) => `\`${slot}\``).join(', ')} as datasets of ${production.server.project}.shop_raw`,
    );
    expect(stderr).toMatch(/^Next: do that, then lastgreen adopt$/m);
    expect(await shown()).toEqual(before);
    expect(await now()).toMatchObject({ outcome: 'unadopted', live: null, next: 'lastgreen adopt' });
    expect((await production.project.document(history, 'history')).entries[0]).toMatchObject({ state: 'aborted' });
    await letViewsIn(production.server, 'shop_raw', [...READ, ...slots]);
    await production.server.control.keep('analytics', 'unadopted');
  });

  test('is adopted whole where that was killed in the middle, and resumed', async () => {
    const { project } = production;
    // A view stands in for the table by then, and says nothing yet of what the table said.
    await killedAt({ match: 'rename to `orders__before_lastgreen`', when: 'after' }, 'adopt');
    const halfway = await now();
    expect(halfway).toMatchObject({ outcome: 'indeterminate', live: null, next: 'lastgreen resume' });
    expect(halfway.says).toMatch(/^INDETERMINATE: the cutover of r\d+ stopped with \d of 7 changed\.$/);
    expect((await project.lastgreen('deploy')).exit).toBe(7);
    const resumed = await project.succeed('resume');
    expect(resumed.stdout).toContain('is live and green');
    expect(await shown()).toEqual(before);
    expect(await now()).toMatchObject({ outcome: 'green', next: 'lastgreen plan' });
    await startOver();
  });

  test('is adopted with what was written while the server could not be reached', async () => {
    const { project, owner, server } = production;
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
    const written = await shown();
    await project.succeed('resume');
    expect(await behind()).toHaveProperty(['analytics.orders'], 'analytics__blue');
    expect(await shown()).toEqual(written);
    await startOver();
  });

  test('is adopted after all where the server failed, as the message says', async () => {
    const { project, server } = production;
    await server.control.rule({
      match: 'clone .*events|destinationTable.*events',
      onwards: true,
      do: { kind: 'fail', reason: 'accessDenied', code: 403, message: 'Access Denied: nobody may copy events' },
    });
    const failed = await project.lastgreen('adopt');
    expect(failed.exit, failed.stderr).toBe(6);
    expect(failed.stderr).toContain('The warehouse refused: Access Denied: nobody may copy events');
    await server.control.clearRules();
    expect(await now()).toMatchObject({ outcome: 'unadopted', next: 'lastgreen adopt' });
    const adopted = await project.succeed('adopt');
    expect(adopted.stdout).toContain('is live and green: what was there');
  });

  test('has views over a slot by then, and readers notice nothing', async () => {
    const after = await shown();
    expect(after).toEqual(before);
    const names = Object.keys(before).filter((name) => !nobodys.includes(name));
    expect(await behind()).toEqual(
      Object.fromEntries(
        names.map((name) => [name, name.startsWith('analytics_marts') ? 'analytics__blue_marts' : 'analytics__blue']),
      ),
    );
    const dashboard = production.as(DASHBOARD);
    for (const name of Object.keys(before)) expect(await dashboard.ask(`select * from ${name}`)).not.toEqual([]);
    const auditor = production.as('auditor@shop.test');
    expect(await auditor.ask('select count(*) as n from analytics.orders')).toEqual([{ n: 3 }]);
    expect(await now()).toMatchObject({
      outcome: 'green',
      live: { subject: 'Begin' },
      back: null,
      next: 'lastgreen plan',
    });
  });
});
