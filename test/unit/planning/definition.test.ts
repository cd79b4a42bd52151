import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { definitionHash } from '../../../src/planning/definition.ts';
import { hashOf } from '../../../src/planning/hash.ts';
import { column, macro, model, type NodeText, named, node, project } from './world.ts';

const of = (o: NodeText, text = 'text', dbt = 'dbt'): Manifest =>
  project([node('a', { calls: ['macro.shop.m', 'macro.dbt.m'], ...o })], {
    macros: [macro('shop.m', text), macro('dbt.m', dbt)],
  });
const hash = (manifest: Manifest): string => {
  const found = manifest.nodes.get(model('a'));
  if (!found) throw new Error('there is no a');
  return definitionHash(found, manifest);
};
const plain = hash(of({}));

describe('the hash of a definition', () => {
  it.each<[string, Manifest]>([
    ['body', of({ body: 'new' })],
    ['config', of({ config: { unique_key: 'id' } })],
    ['contract', of({ contract: { enforced: true } })],
    ['columns', of({ columns: [column('id', { type: 'int' })] })],
    ['constraints', of({ constraints: [{ type: 'check' }] })],
    ['arguments of a function', of({ signature: [[{ name: 'n', data_type: 'integer' }], null] })],
    ['tags', of({ tags: ['x'] })],
    ['a macro that it reaches', of({}, 'other')],
  ])('changes with the %s', (_, manifest) => {
    expect(hash(manifest)).not.toBe(plain);
  });

  it.each<[string, Manifest]>([
    [
      'the side that it was parsed for',
      of({ relation: named('a', 'green'), config: { schema: 'green', materialized: 'table' } }),
    ],
    ['its parents', of({ reads: ['b'] })],
    [
      'its description and that of its columns',
      of({ description: 'words', columns: [column('id', { description: 'words' })] }),
    ],
    ["dbt's own macros", of({}, 'text', 'newer')],
    ['config keys with nothing in them', of({ config: { materialized: 'table', event_time: null, grants: {} } })],
  ])('is the same whatever %s', (_, manifest) => {
    expect(hash(manifest)).toBe(plain);
  });
});

it('hashes equal values equally, in whatever order their keys were written', () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(value, (original) => {
      const turned = Object.fromEntries(Object.entries(original).toReversed());
      expect(hashOf(turned)).toBe(hashOf(original));
    }),
  );
});
