import { describe, expect, test } from 'vitest';
import { toText } from '../../../src/cli/render/blocks.ts';
import { failureRendering } from '../../../src/cli/render/failure.ts';
import { type HistoryDocument, historyRendering } from '../../../src/cli/render/history.ts';
import { planRendering } from '../../../src/cli/render/plan.ts';
import { rolledBackRendering } from '../../../src/cli/render/rolled-back.ts';
import { LastgreenError } from '../../../src/domain/errors.ts';
import type { Objection } from '../../../src/domain/verdict.ts';
import { foreseen } from '../../../src/engine/retry.ts';
import { WarehouseError } from '../../../src/warehouse/port.ts';

/** Somebody in front of a terminal, who reads the clock on the wall. */
const person = { time: () => '14:32', size: (bytes: number) => `${bytes / 1024} KB`, seen: true };

const kept: Objection = { check: 'smoke:orders kept', verdict: 'fail', says: '12.5 % fewer; expected 2 % fewer' };
const asked: Objection = { check: 'smoke:orphans', verdict: 'error', says: 'no such table' };

describe('a message', () => {
  const rejected = LastgreenError.of('REJECTED', { release: 'r5', failed: [kept, asked] });

  test('names the checks that were told just before', () => {
    expect(rejected.say(person)).toBe('r5 was stopped: smoke:orders kept failed; smoke:orphans could not be asked.');
  });

  test('says all of it where nothing was told before', () => {
    expect(rejected.message).toBe(
      'r5 was stopped: smoke:orders kept (12.5 % fewer; expected 2 % fewer); smoke:orphans (error: no such table).',
    );
  });

  test('has the time of whoever reads it, and the exact one for machines', () => {
    const since = '2026-11-21T14:32:47.296Z';
    const held = LastgreenError.of('HELD', { reason: 'r6 was rolled back to r3', since, equal: ['fct_orders'] });
    expect(held.say(person)).toContain(
      'A hold has stopped deploy and promote since 14:32: r6 was rolled back to r3.\n',
    );
    expect(held.message).toContain(`since ${since}: `);
    const watched = LastgreenError.of('WATCH_RUNNING', { release: 'r6', until: since });
    expect(watched.say(person)).toContain('being watched until 14:32;');
    const nowhere = LastgreenError.of('NO_WAY_BACK', { asked: new Date(since), because: ['nothing was live then'] });
    expect(nowhere.say(person)).toBe('There is no way back to 14:32:\n  nothing was live then');
    expect(nowhere.message).toContain(since);
  });

  test('of a release that was taken back says that a hold is on, and what ends it', () => {
    const taken = { release: 'r11', to: 'r3', failed: [kept] };
    expect(LastgreenError.of('TAKEN_BACK', { ...taken, held: ['fct_orders', 'revenue'] }).say(person)).toBe(
      'r11 went live and was taken back to r3: smoke:orders kept failed.\n' +
        'A hold stops deploy and promote until a commit corrects or reverts all of fct_orders, revenue, or somebody ends it: lastgreen hold --release --reason TEXT',
    );
    expect(LastgreenError.of('TAKEN_BACK', { ...taken, held: [] }).say(person)).toContain(
      'A hold stops deploy and promote until somebody ends it: ',
    );
    expect(LastgreenError.of('TAKEN_BACK', { ...taken, held: null }).say(person)).not.toContain('hold');
  });

  test('of several lines is followed by the next command at once', () => {
    const blocks = failureRendering.blocks({
      schema: 'lastgreen/failure/1',
      environment: 'prod',
      outcome: 'failed',
      exit: 4,
      error: { code: 'HELD', message: 'A hold.\nStill as it was: x.', next: 'commit a fix of x', runbook: 'hold' },
      live: null,
    });
    expect(toText(blocks, false)).toBe(
      'A hold.\nStill as it was: x.\nMore: lastgreen runbook hold\nNext: commit a fix of x\n',
    );
  });
});

describe('what the warehouse would not do has the code of what a person does about it', () => {
  test.each([
    [{ unadopted: ['/w/shop.duckdb'] }, 'ADOPT_NEEDED', 8, '/w/shop.duckdb', 'lastgreen adopt'],
    [{ foreign: ['/w/shop.duckdb'] }, 'FOREIGN_CHANGE', 4, '/w/shop.duckdb', 'lastgreen runbook foreign-change'],
    [{ folder: '/w/green', others: ['notes.txt'] }, 'FOREIGN_FILES', 4, '/w/green', 'move them out of there'],
    [{}, 'WAREHOUSE_DENIED', 6, 'no space left', 'lastgreen doctor'],
  ] as const)('%j: %s', (detail, code, exit, names, next) => {
    const error = foreseen(new WarehouseError('refused', 'no space left', detail));
    expect(error).toMatchObject({ code, exit, message: expect.stringContaining(names) });
    expect(error).toMatchObject({ next: expect.stringContaining(next) });
  });
});

describe('a cutover that could not have its locks', () => {
  const blocked = (blockers: readonly string[]) => foreseen(new WarehouseError('busy', 'held', { blockers }));

  test('names every session that holds them, and the page that says which may be ended', () => {
    expect(blocked(['pid 7 (bi, psql, active, for 16 s): select 1', 'pid 8 (etl): copy'])).toMatchObject({
      code: 'CUTOVER_BLOCKED',
      exit: 4,
      runbook: 'cutover-blocked',
      message: expect.stringMatching(
        /nothing was changed\..*:\n {2}pid 7 \(bi, .*: select 1\n {2}pid 8 \(etl\): copy$/,
      ),
    });
  });

  test('says so where nobody holds them for long', () => {
    expect(blocked([])).toMatchObject({ code: 'CUTOVER_BLOCKED', next: 'type the same again' });
  });
});

const at = (hour: number, minute: number, day = 21): string => new Date(2026, 10, day, hour, minute).toISOString();

describe('after a rollback', () => {
  const back = {
    schema: 'lastgreen/rolled-back/1' as const,
    environment: 'prod',
    outcome: 'rolled-back',
    exit: 0,
    release: 'r8',
    from: 'r6',
    to: 'r3',
    strategy: 'swap',
    asked: null as string | null,
    through: ['r6'],
    changed: ['model.shop.orders'],
    rowsAsOf: at(14, 32),
    goingBack: [{ node: 'orders', says: 'incremental; 99,688 rows instead of 99,700' }],
    staying: [{ node: 'customers', says: 'a snapshot' }],
    others: [{ strategy: 'time-travel', because: 'there is none' }],
    warnings: [],
    held: ['orders'] as string[] | null,
    now: at(15, 5),
    ms: 700,
    next: 'lastgreen refresh',
  };
  const text = (more: Partial<typeof back> = {}): string =>
    toText(rolledBackRendering.blocks({ ...back, ...more }), false);

  test('it says of which moment the rows are, whose stay, and what ends the hold', () => {
    expect(text()).toBe(
      [
        'Back on r3 in 700 ms by swap back: readers have the content of r3, as r8.',
        'Definitions that go back: orders.',
        'Rows go back to 14:32 today, when r3 was live last:',
        '  orders  incremental; 99,688 rows instead of 99,700',
        'Rows that stay as live has them:',
        '  customers  a snapshot',
        'A hold stops deploy and promote until a commit corrects or reverts orders, or somebody ends it: lastgreen hold --release --reason TEXT',
        'Next: lastgreen refresh',
        '',
      ].join('\n'),
    );
  });

  test('another day has its date', () => {
    expect(text({ rowsAsOf: at(14, 32, 20) })).toContain('Rows go back to Nov 20 14:32, when r3 was live last:');
  });

  test('no hold is told where none is on', () => {
    expect(text({ held: null })).not.toContain('hold');
  });

  test.each([
    ['one that was asked for', { asked: 'swap' }],
    ['one that is not the fastest', { strategy: 'rebuild' }],
  ])('%s says why it was not done in another way', (_, more) => {
    expect(text()).not.toContain('Not by');
    expect(text(more)).toContain('Not by time travel: there is none.');
  });
});

test('history tells a way back and why in a few words', () => {
  const entry: HistoryDocument['entries'][number] = {
    id: 'r13',
    kind: 'rollback',
    state: 'replaced',
    sha: '493147e8',
    subject: 'back to r3 (smoke:dashboard adds up@live failed)',
    by: 'ci',
    startedAt: at(14, 33),
    liveAt: at(14, 33),
    because: 'replaced by r14',
    live: false,
    lastGreen: false,
  };
  const told = (more: Partial<typeof entry>): string =>
    toText(
      historyRendering.blocks({
        schema: 'lastgreen/history/1',
        environment: 'prod',
        outcome: 'done',
        exit: 0,
        now: at(15, 0),
        entries: [{ ...entry, ...more }],
        next: 'lastgreen show r13',
      }),
      false,
    );
  expect(told({})).toContain('  back to r3 (smoke:dashboard adds up@live failed; replaced by r14)\n');
  expect(told({ subject: 'back to r3' })).toContain('  back to r3 (replaced by r14)\n');
  expect(told({ subject: 'back to r3', because: null })).toContain('  back to r3\n');
});

const taking = (sql: Partial<Record<'sql' | 'cutover', string[]>>): string =>
  toText(
    planRendering.blocks({
      schema: 'lastgreen/planned/1',
      environment: 'prod',
      outcome: 'planned',
      exit: 0,
      plan: {
        kind: 'deploy',
        sha: '8a514f9c'.padEnd(40, '0'),
        subject: 'Drop daily',
        hash: 'h',
        baseline: null,
        nodes: [],
        removed: [{ id: 'model.shop.daily', name: 'daily' }],
        renamed: [],
        carried: 0,
        deferred: 203,
        checks: [],
        hooks: [],
        warnings: [],
      },
      sql: null,
      cutover: null,
      file: null,
      next: 'lastgreen deploy',
      ...sql,
    }),
    false,
  );

test('a release that only takes something away says that it builds nothing, and shows no empty table', () => {
  expect(taking({})).toBe(
    '8a514f9c Drop daily, the first release\nBuilds nothing.\nRemoves daily.\nUnchanged: 203 read where they are.\nGates: none.\nNext: lastgreen deploy\n',
  );
});

test('what a release runs is told apart: on the idle side, and where readers see it', () => {
  const cutover = ['-- one transaction', 'alter table "main"."daily" set schema "main__r3";'];
  expect(taking({ sql: [], cutover })).toContain(
    '\n\nWhat the cutover runs, if nothing else is released before\n    -- one transaction\n    alter table "main"."daily" set schema "main__r3";\nNext:',
  );
  expect(taking({ sql: ['drop view if exists "a"."b";'], cutover: [] })).toContain(
    '\n\nWhat runs on the idle side, before dbt builds and after it\n    drop view if exists "a"."b";\nNext:',
  );
});
