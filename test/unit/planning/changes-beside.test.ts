import { describe, expect, it } from 'vitest';
import type { Inputs } from '../../../src/domain/manifest.ts';
import { calling, compare, told } from './comparing.ts';
import { inputs, macro, node, project } from './world.ts';

describe('a changed macro', () => {
  const of = (text: string, id: string, calls: readonly string[] = []) =>
    project([node('a', { ...calling('shop.outer'), materialized: 'incremental' }), node('b')], {
      macros: [
        macro('shop.outer', 'outer', ['shop.inner']),
        macro('shop.inner', 'inner'),
        macro('dbt.materialization_incremental_default', 'm', ['dbt.create_table_as']),
        macro('dbt.create_table_as', 'create'),
        ...(id === '' ? [] : [macro(id, text, calls)]),
      ],
    });

  it.each([
    ['called through another macro', 'shop.inner', 'a: macro inner'],
    ['that materializes it', 'shop.materialization_incremental_engine', 'a: macro materialization_incremental_engine'],
    ["that takes the place of one of dbt's own", 'shop.engine__create_table_as', 'a: macro engine__create_table_as'],
  ])('rebuilds the nodes that reach one %s', (_, id, expected) => {
    expect(told(compare(of('old', id), of('new', id)))).toEqual([expected]);
  });

  it("rebuilds nodes when one of dbt's own is overridden from now on, or not any more", () => {
    const [without, withIt] = [of('', ''), of('mine', 'shop.create_table_as')];
    expect(told(compare(without, withIt))).toEqual(['a: macro create_table_as']);
    expect(told(compare(withIt, without))).toEqual(['a: macro create_table_as']);
  });

  it('rebuilds nothing for a macro that no node reaches', () => {
    expect(told(compare(of('old', 'shop.unused'), of('new', 'shop.unused')))).toEqual([]);
  });

  it('counts any macro for a node that looks macros up by name', () => {
    const looking = (text: string) =>
      project([node('a', { rawCode: "{{ context['unused']() }}" })], { macros: [macro('shop.unused', text)] });
    expect(told(compare(looking('old'), looking('new')))).toEqual(['a: macro unused']);
  });

  it('tells an upgrade of dbt from a change of the project', () => {
    const own = (text: string) =>
      project([node('a', { ...calling('dbt.is_incremental') })], { macros: [macro('dbt.is_incremental', text)] });
    expect(told(compare(own('old'), own('new')))).toEqual(['a: dbt upgrade is_incremental']);
  });
});

describe('what a build reads beside the commit', () => {
  const is = project(
    [
      node('dated', { rawCode: "where day > '{{ var('start') }}'" }),
      node('secretive', calling('shop.key')),
      node('computing', { rawCode: '{{ var(name) }}' }),
      node('packaged', calling('dates.spine')),
      node('plain'),
    ],
    { macros: [macro('shop.key', "{{ env_var('REGION', 'eu') }}"), macro('dates.spine', 'spine')] },
  );
  const after = (o: Partial<Inputs>) =>
    told(
      compare(is, is, {
        baselineInputs: { ...inputs, vars: { start: '1' }, env: { REGION: '1' } },
        inputs: { ...inputs, vars: { start: '1' }, env: { REGION: '1' }, ...o },
      }),
    );

  it('rebuilds the nodes that read a changed var, or may', () => {
    expect(after({ vars: { start: '2' } })).toEqual(['dated: vars start', 'computing: vars start']);
  });

  it('rebuilds the nodes whose macros read a changed env var', () => {
    expect(after({ env: { REGION: '2' } })).toEqual(['secretive: env REGION']);
  });

  it('rebuilds what uses packages when their lock changed', () => {
    expect(after({ packages: 'other' })).toEqual(['packaged: packages']);
  });

  it('rebuilds everything on a new line of dbt, and nothing on a patch release that changed no macro', () => {
    expect(after({ dbt: '1.12.0' })).toHaveLength(5);
    expect(after({ dbt: '1.11.17' })).toEqual([]);
  });
});
