import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { failureOf, folderOfProject, minimal, prod } from './written.ts';

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
      'an unknown gate',
      prod('gates: {anomaly: {}}'),
      '5:13: environments.prod.gates.anomaly: is not a key here. Known here: compatibility, reader_access, smoke.',
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
    ['a project that is none', `project: elsewhere\n${minimal}`, '1:1: project: there is no dbt_project.yml in '],
  ];

  test.each(table)('%s', async (_, text, problem) => {
    await using project = await folderOfProject();
    const failure = await failureOf(project.read(text));
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', exit: 2, runbook: 'config' });
    expect(failure.message).toContain('lastgreen.yml is not valid:\n  lastgreen.yml:');
    expect(failure.message).toContain(problem);
  });

  test('every problem is told at once', async () => {
    await using project = await folderOfProject();
    const failure = await failureOf(project.read(prod('watch: {for: soon}\nbuild: {thread: 2, threads: 0}')));
    expect(failure.message.split('\n')).toHaveLength(4);
  });

  test('a folder of that name is told apart from a missing file', async () => {
    await using project = await folderOfProject();
    await mkdir(project.path);
    const failure = await failureOf(readConfig(project.path, 'lastgreen.yml'));
    expect(failure.message).toContain('is a folder, not a file');
  });
});
