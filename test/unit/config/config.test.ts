import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentOf, findConfig, readConfig } from '../../../src/config/config.ts';
import { jsonSchema } from '../../../src/config/schema.ts';
import { failureOf, folderOfProject, minimal, prod } from './written.ts';

describe('a short lastgreen.yml is enough', () => {
  test('two lines name an environment; the rest has defaults', async () => {
    await using project = await folderOfProject();
    const config = await project.read(minimal);
    expect(config).toMatchObject({ projectDir: project.dir, dbt: null, store: join(project.dir, '.lastgreen') });
    const { settings, idle } = environmentOf(config, undefined);
    expect(idle).toBeNull();
    expect(settings).toMatchObject({
      environment: 'prod',
      target: 'prod',
      build: { timeoutMs: 7_200_000, threads: null, vars: {}, fullRefreshExcept: null, maxBytes: null },
      drift: { tables: 'warn', history: 'catch_up', rounds: 2 },
      gates: { smoke: [], compatibility: { allow: [] }, readerAccess: { readers: [] } },
      cutover: { stuck: 'stay' },
      watch: { forMs: 0, everyMs: 60_000, then: 'swap_back' },
      rollback: { keepMs: 259_200_000 },
      retention: { releases: 20, days: 90 },
      lease: { ttlMs: 60_000, renewMs: 15_000, marginMs: 10_000 },
    });
  });

  test('the file is found from a folder below it', async () => {
    await using project = await folderOfProject();
    await project.read(minimal);
    const { path } = project;
    await mkdir(join(project.dir, 'models', 'marts'), { recursive: true });
    expect(await findConfig(join(project.dir, 'models', 'marts'), undefined)).toBe(path);
  });

  test('--config is taken as typed, relative to where one stands', async () => {
    await using project = await folderOfProject();
    expect(await findConfig(project.dir, 'deploy/other.yml')).toBe(join(project.dir, 'deploy', 'other.yml'));
  });
});

describe('what a full lastgreen.yml says', () => {
  test('durations, sizes, percentages and dates become numbers and days', async () => {
    await using project = await folderOfProject();
    await mkdir(join(project.dir, 'checks'));
    await writeFile(join(project.dir, 'checks', 'orphans.sql'), 'select 1 where false');
    const config = await project.read(
      prod(`idle: {path: "{path}.next"}
build: {timeout: 1h 30m, threads: 8, vars: {a: 1}, full_refresh: {except: "tag:huge"}, max_bytes: 500GB, reads: {max_bytes: 2TB, price: 6.25}, backfill: {fct_events: {since: 2026-01-01}}}
history: {fct_orders: {on_parent_change: seed}}
state: [{relation: elementary.*, on_cutover: merge}]
gates:
  compatibility: {allow: [{node: dim_customers, column: fax, change: dropped, reason: DATA-211, until: 2026-12-31}]}
  smoke:
    - {name: orders kept, node: fct_orders, rows: {change: [-2%, +20%]}, at: [sealed, live]}
    - {name: revenue, node: fct_orders, compare: "select sum(amount) from {relation}", within: 1%}
    - {name: no orphans, offending: checks/orphans.sql, timeout: 2m, severity: warn}
watch: {for: 15m, every: 30s, then: stay}
rollback: {keep: 3d}`),
    );
    const { settings, idle } = environmentOf(config, 'prod');
    expect(idle).toEqual({ path: '{path}.next' });
    expect(settings.build).toEqual({
      timeoutMs: 5_400_000,
      threads: 8,
      vars: { a: 1 },
      fullRefreshExcept: 'tag:huge',
      maxBytes: 536_870_912_000,
      reads: { maxBytes: 2_199_023_255_552, price: { perTib: 6.25, currency: 'USD' } },
      backfill: { fct_events: '2026-01-01' },
    });
    expect(settings.history).toEqual({ fct_orders: { onParentChange: 'seed' } });
    expect(settings.state).toEqual([{ relation: 'elementary.*', onCutover: 'merge' }]);
    expect(settings.gates.compatibility.allow[0]).toMatchObject({
      column: 'fax',
      change: 'dropped',
      until: '2026-12-31',
    });
    expect(settings.gates.smoke).toEqual([
      {
        name: 'orders kept',
        at: ['sealed', 'live'],
        severity: 'fail',
        timeoutMs: 300_000,
        form: 'rows',
        node: 'fct_orders',
        min: -0.02,
        max: 0.2,
      },
      {
        name: 'revenue',
        at: ['sealed'],
        severity: 'fail',
        timeoutMs: 300_000,
        form: 'compare',
        node: 'fct_orders',
        sql: 'select sum(amount) from {relation}',
        within: 0.01,
      },
      {
        name: 'no orphans',
        at: ['sealed'],
        severity: 'warn',
        timeoutMs: 120_000,
        form: 'offending',
        sql: 'select 1 where false',
        file: 'checks/orphans.sql',
      },
    ]);
    expect(settings.watch).toEqual({ forMs: 900_000, everyMs: 30_000, then: 'stay' });
    expect(settings.rollback.keepMs).toBe(259_200_000);
  });

  test('paths are relative to the file, a bare dbt is looked for on PATH', async () => {
    await using project = await folderOfProject();
    await mkdir(join(project.dir, 'dbt'));
    await writeFile(join(project.dir, 'dbt', 'dbt_project.yml'), 'name: shop\n');
    expect(await project.read(`project: dbt\nstore: ../state\ndbt: ../venv/bin/dbt\n${minimal}`)).toMatchObject({
      projectDir: join(project.dir, 'dbt'),
      store: join(project.dir, '..', 'state'),
      dbt: join(project.dir, '..', 'venv', 'bin', 'dbt'),
    });
    expect((await project.read(`dbt: dbt-1.11\n${minimal}`)).dbt).toBe('dbt-1.11');
  });

  test.each([
    ['{swap: schemas}', { swap: 'schemas' }],
    ['{schema: next, swap: tables}', { schema: 'next', swap: 'tables' }],
    ['{database: other}', { database: 'other' }],
  ])('what differs on the idle side is kept whole: %s', async (text, idle) => {
    await using project = await folderOfProject();
    const config = await project.read(`version: 1\nenvironments: {prod: {target: prod, idle: ${text}}}\n`);
    expect(environmentOf(config, 'prod').idle).toEqual(idle);
  });

  test('the idle side may be another target', async () => {
    await using project = await folderOfProject();
    const config = await project.read('version: 1\nenvironments: {prod: {target: prod, idle: prod_green}}\n');
    expect(environmentOf(config, 'prod').idle).toEqual({ target: 'prod_green' });
  });
});

describe('which environment', () => {
  const two = 'version: 1\nenvironments: {prod: {target: prod}, eu: {target: eu}}\n';

  test('with several, one has to be asked for', async () => {
    await using project = await folderOfProject();
    const config = await project.read(two);
    expect(environmentOf(config, 'eu').settings.target).toBe('eu');
    expect(() => environmentOf(config, undefined)).toThrow('Which environment? lastgreen.yml has prod, eu.');
  });

  test('an unknown one is told which there are', async () => {
    await using project = await folderOfProject();
    const config = await project.read(two);
    expect(() => environmentOf(config, 'prd')).toThrow('There is no environment prd; lastgreen.yml has prod, eu.');
  });
});

describe('a missing file', () => {
  test('says so, and what writes one', async () => {
    await using project = await folderOfProject();
    const failure = await failureOf(findConfig(project.dir, undefined));
    expect(failure).toMatchObject({ code: 'CONFIG_MISSING', exit: 2, next: 'lastgreen init' });
    expect(await failureOf(readConfig(join(project.dir, 'no.yml'), 'no.yml'))).toMatchObject({
      message: 'There is no no.yml.',
    });
  });
});

describe('editors', () => {
  test('get a JSON Schema that knows the keys and refuses others', () => {
    expect(jsonSchema()).toMatchObject({
      required: ['version', 'environments'],
      additionalProperties: false,
      properties: { store: { default: './.lastgreen' }, environments: { type: 'object' } },
    });
  });
});
