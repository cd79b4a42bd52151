import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentOf, findConfig, readConfig } from '../../../src/config/config.ts';
import { jsonSchema } from '../../../src/config/schema.ts';
import { LastgreenError } from '../../../src/domain/errors.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgreen-config-'));
  await writeFile(join(folder, 'dbt_project.yml'), 'name: shop\n');
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (text: string): Promise<string> => {
  const path = join(folder, 'lastgreen.yml');
  await writeFile(path, text);
  return path;
};

const read = async (text: string) => readConfig(await write(text), 'lastgreen.yml');

const failureOf = async (work: Promise<unknown>): Promise<LastgreenError> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LastgreenError)) throw new Error(`expected a foreseen failure, got ${String(error)}`);
  return error;
};

const minimal = 'version: 1\nenvironments: {prod: {target: prod}}\n';

/** An environment `prod` with more in it. */
const prod = (lines: string): string => `version: 1
environments:
  prod:
    target: prod
${lines.replaceAll(/^/gm, '    ')}
`;

const smoke = (check: string): string => prod(`gates:\n  smoke:\n    - ${check}`);

describe('a short lastgreen.yml is enough', () => {
  test('two lines name an environment; the rest has defaults', async () => {
    const config = await read(minimal);
    expect(config).toMatchObject({ projectDir: folder, dbt: null, store: join(folder, '.lastgreen') });
    const { settings, idle } = environmentOf(config, undefined);
    expect(idle).toBeNull();
    expect(settings).toMatchObject({
      environment: 'prod',
      target: 'prod',
      build: { timeoutMs: 7_200_000, threads: null, vars: {}, fullRefreshExcept: null, maxBytes: null },
      drift: { tables: 'warn', history: 'catch_up', rounds: 2 },
      gates: { smoke: [], compatibility: { allow: [] } },
      watch: { forMs: 0, everyMs: 60_000, then: 'swap_back' },
      rollback: { keepMs: 259_200_000 },
      retention: { releases: 20, days: 90 },
      lease: { ttlMs: 60_000, renewMs: 15_000, marginMs: 10_000 },
    });
  });

  test('the file is found from a folder below it', async () => {
    const path = await write(minimal);
    await mkdir(join(folder, 'models', 'marts'), { recursive: true });
    expect(await findConfig(join(folder, 'models', 'marts'), undefined)).toBe(path);
  });

  test('--config is taken as typed, relative to where one stands', async () => {
    expect(await findConfig(folder, 'deploy/other.yml')).toBe(join(folder, 'deploy', 'other.yml'));
  });
});

describe('what a full lastgreen.yml says', () => {
  test('durations, sizes, percentages and dates become numbers and days', async () => {
    await mkdir(join(folder, 'checks'));
    await writeFile(join(folder, 'checks', 'orphans.sql'), 'select 1 where false');
    const config = await read(
      prod(`idle: {path: "{path}.next"}
build: {timeout: 1h 30m, threads: 8, vars: {a: 1}, full_refresh: {except: "tag:huge"}, max_bytes: 500GB, backfill: {fct_events: {since: 2026-01-01}}}
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
    await mkdir(join(folder, 'dbt'));
    await writeFile(join(folder, 'dbt', 'dbt_project.yml'), 'name: shop\n');
    expect(await read(`project: dbt\nstore: ../state\ndbt: ../venv/bin/dbt\n${minimal}`)).toMatchObject({
      projectDir: join(folder, 'dbt'),
      store: join(folder, '..', 'state'),
      dbt: join(folder, '..', 'venv', 'bin', 'dbt'),
    });
    expect((await read(`dbt: dbt-1.11\n${minimal}`)).dbt).toBe('dbt-1.11');
  });

  test('the idle side may be another target', async () => {
    const config = await read('version: 1\nenvironments: {prod: {target: prod, idle: prod_green}}\n');
    expect(environmentOf(config, 'prod').idle).toEqual({ target: 'prod_green' });
  });
});

describe('which environment', () => {
  const two = 'version: 1\nenvironments: {prod: {target: prod}, eu: {target: eu}}\n';

  test('with several, one has to be asked for', async () => {
    const config = await read(two);
    expect(environmentOf(config, 'eu').settings.target).toBe('eu');
    expect(() => environmentOf(config, undefined)).toThrow('Which environment? lastgreen.yml has prod, eu.');
  });

  test('an unknown one is told which there are', async () => {
    const config = await read(two);
    expect(() => environmentOf(config, 'prd')).toThrow('There is no environment prd; lastgreen.yml has prod, eu.');
  });
});

describe('a missing file', () => {
  test('says so, and what writes one', async () => {
    const failure = await failureOf(findConfig(folder, undefined));
    expect(failure).toMatchObject({ code: 'CONFIG_MISSING', exit: 2, next: 'lastgreen init' });
    expect(await failureOf(readConfig(join(folder, 'no.yml'), 'no.yml'))).toMatchObject({
      message: 'There is no no.yml.',
    });
  });
});

describe('a malformed file names the place and what is wrong', () => {
  const table: readonly (readonly [what: string, text: string, problem: string])[] = [
    ['empty', ' \n', '1:1: is empty; `lastgreen init` writes one'],
    ['only a comment', '# later\n', '1:1: must be a mapping'],
    ['a list', '- version: 1\n', '1:1: must be a mapping'],
    [
      'not YAML',
      'version: 1\nenvironments: {prod: {target: prod}\n',
      '3:1: Flow map in block collection must be sufficiently indented and end with a }',
    ],
    ['a tab', 'version: 1\nenvironments:\n\tprod: {target: prod}\n', '3:1: Tabs are not allowed as indentation'],
    ['a key twice', `${minimal}version: 1\n`, '3:1: Map keys must be unique'],
    ['an alias to nowhere', 'version: 1\nenvironments: *prod\n', '1:1: Unresolved alias'],
    ['no version', 'environments: {prod: {target: prod}}\n', '1:1: version: is missing'],
    ['another version', minimal.replace('1', '2'), '1:1: version: must be 1'],
    ['no environments', 'version: 1\n', '1:1: environments: is missing'],
    ['empty environments', 'version: 1\nenvironments: {}\n', '2:1: environments: must name an environment'],
    [
      'an odd environment',
      'version: 1\nenvironments: {"p/r": {target: prod}}\n',
      '2:16: environments.p/r: must be letters, digits, _ and -',
    ],
    [
      'an environment without target',
      'version: 1\nenvironments: {prod: {}}\n',
      '2:16: environments.prod.target: is missing',
    ],
    ['an unknown key at the top', `stor: x\n${minimal}`, '1:1: stor: is not a key here. Did you mean store?'],
    [
      'an unknown key in an environment',
      prod('roll_back: {keep: 1h}'),
      '5:5: environments.prod.roll_back: is not a key here. Did you mean rollback?',
    ],
    [
      'an unknown key in a block',
      prod('watch: {form: 1h}'),
      '5:13: environments.prod.watch.form: is not a key here. Did you mean for?',
    ],
    [
      'an unknown key in a smoke check',
      smoke('{name: a, nod: x, offending: x.sql}'),
      '7:21: environments.prod.gates.smoke[0].nod: is not a key here. Did you mean node?',
    ],
    [
      'an unknown gate',
      prod('gates: {anomaly: {}}'),
      '5:13: environments.prod.gates.anomaly: is not a key here. Known here: compatibility, smoke.',
    ],
    [
      'an unknown key of idle',
      prod('idle: {shema: x}'),
      '5:12: environments.prod.idle.shema: is not a key here. Did you mean schema?',
    ],
    ['a wrong idle', prod('idle: 3'), '5:5: environments.prod.idle: must be {schema: ...}'],
    ['an empty idle', prod('idle: {}'), '5:5: environments.prod.idle: says nothing that differs'],
    [
      'an unknown template',
      prod('idle: {schema: "{target}__green"}'),
      '5:12: environments.prod.idle.schema: has {target}; known are',
    ],
    [
      'a number for a text',
      'version: 1\nenvironments: {prod: {target: 7}}\n',
      '2:23: environments.prod.target: must be a text',
    ],
    ['a text for a mapping', prod('build: fast'), '5:5: environments.prod.build: must be a mapping'],
    ['a mapping for a list', prod('irreplaceable: {a: b}'), '5:5: environments.prod.irreplaceable: must be a list'],
    [
      'a duration that is none',
      prod('build: {timeout: soon}'),
      '5:13: environments.prod.build.timeout: "soon" is not a duration with its unit, such as 90s',
    ],
    [
      'a duration without unit',
      prod('build: {timeout: 90}'),
      '5:13: environments.prod.build.timeout: 90 is not a duration',
    ],
    ['a negative duration', prod('watch: {for: -5m}'), '5:13: environments.prod.watch.for: "-5m" is not a duration'],
    [
      'no duration at all',
      prod('rollback: {keep: 0s}'),
      '5:16: environments.prod.rollback.keep: "0s" is not a duration',
    ],
    [
      'a size without unit',
      prod('build: {max_bytes: many}'),
      '5:13: environments.prod.build.max_bytes: "many" is not a size',
    ],
    ['no threads', prod('build: {threads: 0}'), '5:13: environments.prod.build.threads: must be 1 or more'],
    ['half a thread', prod('build: {threads: 1.5}'), '5:13: environments.prod.build.threads: must be a whole number'],
    ['negative rounds', prod('drift: {rounds: -1}'), '5:13: environments.prod.drift.rounds: must be 0 or more'],
    ['a negative retention', `${minimal}retention: {days: -1}\n`, '3:13: retention.days: must be 1 or more'],
    [
      'a word that is not among the choices',
      prod('watch: {then: panic}'),
      '5:13: environments.prod.watch.then: must be swap_back or stay',
    ],
    [
      'a lease that cannot be renewed',
      `${minimal}lease: {ttl: 20s}\n`,
      '3:1: lease: renew and margin together must be shorter than ttl',
    ],
    [
      'a store of a later version',
      `${minimal}store: s3://bucket/x\n`,
      '3:1: store: this version of lastgreen keeps its store in a folder',
    ],
    [
      'a day that does not exist',
      prod('build: {backfill: {a: {since: 2026-02-30}}}'),
      '5:28: environments.prod.build.backfill.a.since: "2026-02-30" is not a date',
    ],
    [
      'an allowance without end',
      prod('gates: {compatibility: {allow: [{node: a, column: b, change: dropped, reason: x}]}}'),
      '5:37: environments.prod.gates.compatibility.allow[0].until: is missing',
    ],
    [
      'an allowance without column',
      prod('gates: {compatibility: {allow: [{node: a, change: dropped, reason: x, until: 2026-12-31}]}}'),
      'change: dropped is what happens to a column: name it',
    ],
    [
      'a smoke check that asks nothing',
      smoke('{name: a}'),
      '7:11: environments.prod.gates.smoke[0]: says nothing to ask',
    ],
    [
      'a smoke check of two forms',
      smoke('{name: a, node: x, rows: {change: [-1%, 1%]}, compare: "select 1 from {relation}"}'),
      'has rows and compare: make each a check of its own',
    ],
    [
      'rows without a node',
      smoke('{name: a, rows: {change: [-1%, 1%]}}'),
      'environments.prod.gates.smoke[0]: needs a node for rows',
    ],
    [
      'a compare that reads neither side',
      smoke('{name: a, node: x, compare: select 1}'),
      '.compare: has no {relation}: both sides would be asked the same',
    ],
    ['within without compare', smoke('{name: a, offending: x.sql, within: 1%}'), '.within: goes with compare only'],
    [
      'percentages the wrong way round',
      smoke('{name: a, node: x, rows: {change: [2%, -2%]}}'),
      '.rows.change: must have the lower percentage first',
    ],
    [
      'a percentage without %',
      smoke('{name: a, node: x, rows: {change: [-2, 20]}}'),
      '-2 is not a percentage, such as 1%, -2% or +20%',
    ],
    ['one percentage', smoke('{name: a, node: x, rows: {change: [-2%]}}'), '.rows.change: must be two percentages'],
    ['an unknown moment', smoke('{name: a, offending: x.sql, at: [later]}'), '.at[0]: must be built or sealed or live'],
    ['no moment', smoke('{name: a, offending: x.sql, at: []}'), '.at: must name a moment'],
    ['a moment twice', smoke('{name: a, offending: x.sql, at: [live, live]}'), '.at: names a moment twice'],
    [
      'a check twice',
      smoke('{name: a, node: x, rows: {change: [-1%, 1%]}}\n    - {name: a, node: y, rows: {change: [-1%, 1%]}}'),
      '8:12: environments.prod.gates.smoke[1].name: "a" is there twice',
    ],
    [
      'a missing SQL file',
      smoke('{name: a, offending: checks/none.sql}'),
      '7:21: environments.prod.gates.smoke[0].offending: there is no file checks/none.sql',
    ],
    ['a project that is none', `project: elsewhere\n${minimal}`, '1:1: project: there is no dbt_project.yml in '],
  ];

  test.each(table)('%s', async (_, text, problem) => {
    const failure = await failureOf(read(text));
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', exit: 2, runbook: 'config' });
    expect(failure.message).toContain('lastgreen.yml is not valid:\n  lastgreen.yml:');
    expect(failure.message).toContain(problem);
  });

  test('every problem is told at once', async () => {
    const failure = await failureOf(read(prod('watch: {for: soon}\nbuild: {thread: 2, threads: 0}')));
    expect(failure.message.split('\n')).toHaveLength(4);
  });

  test('a folder of that name is told apart from a missing file', async () => {
    await mkdir(join(folder, 'lastgreen.yml'));
    const failure = await failureOf(readConfig(join(folder, 'lastgreen.yml'), 'lastgreen.yml'));
    expect(failure.message).toContain('is a folder, not a file');
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
