import { describe, expect, test } from 'vitest';
import { failureOf, folderOfProject, smoke } from './written.ts';

describe('a malformed smoke check names the place and what is wrong', () => {
  const table: readonly (readonly [what: string, text: string, problem: string])[] = [
    [
      'an unknown key in a smoke check',
      smoke('{name: a, nod: x, offending: x.sql}'),
      '7:21: environments.prod.gates.smoke[0].nod: is not a key here. Did you mean node?',
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
  ];

  test.each(table)('%s', async (_, text, problem) => {
    await using project = await folderOfProject();
    const failure = await failureOf(project.read(text));
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', exit: 2, runbook: 'config' });
    expect(failure.message).toContain('lastgreen.yml is not valid:\n  lastgreen.yml:');
    expect(failure.message).toContain(problem);
  });
});
