import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { mapNames } from '../../../src/planning/names.ts';
import { locate, model, named, node, onIdle, onLive, project } from './world.ts';

const map = (live: Manifest, idle: Manifest = live, locating = locate) => mapNames({ live, idle }, locating);
const nowhere = (relation: ReturnType<typeof named>) => relation;
const refused = (problem: string) =>
  expect.objectContaining({ code: 'PLAN_REFUSED', message: expect.stringContaining(problem) });

describe('the map of names', () => {
  it('knows where a node is on each side, and leaves ephemeral ones out', () => {
    const { nodes } = map(project([node('a'), node('b', { materialized: 'ephemeral' })]));
    expect([...nodes.values()]).toEqual([{ id: model('a'), live: onLive('a'), idle: onIdle('a'), shared: false }]);
  });

  it('takes a node that is the same on both sides for shared', () => {
    const attached = { location: '', database: 'archive', schema: 'main', identifier: 'b' };
    const { nodes } = map(project([node('a'), node('b', { relation: attached })]));
    expect(nodes.get(model('b'))).toMatchObject({ shared: true, live: attached, idle: attached });
  });

  it('refuses sides that are one place', () => {
    expect(() => map(project([node('a'), node('b')]), undefined, nowhere)).toThrowError(
      expect.objectContaining({ code: 'SIDES_COLLIDE' }),
    );
  });

  it('refuses two nodes with one relation, naming both', () => {
    expect(() => map(project([node('a'), node('b', { relation: named('a') })]))).toThrowError(
      refused('a and b have the same relation: shop.main.a'),
    );
  });

  it("refuses an idle relation that is another node's live one", () => {
    const live = project([node('a'), node('b', { relation: named('b', 'other') })]);
    const idle = project([node('a', { relation: named('b', 'other') }), node('b', { relation: named('b', 'green') })]);
    expect(() => map(live, idle, nowhere)).toThrowError(refused('have the same relation'));
  });

  it('refuses a node that only one side has, or that is ephemeral on one', () => {
    const both = project([node('a'), node('b')]);
    expect(() => map(both, project([node('a')]))).toThrowError(
      refused('b is enabled for the live side and not for the idle side'),
    );
    expect(() => map(project([node('a')]), both)).toThrowError(
      refused('b is enabled for the idle side and not for the live side'),
    );
    expect(() => map(both, project([node('a'), node('b', { materialized: 'ephemeral' })]))).toThrowError(
      refused('b has a relation on one side'),
    );
  });

  it('refuses a source that says something else on the idle side', () => {
    const of = (schema: string) => project([node('a')], { sources: { orders: named('orders', schema) } });
    expect(() => map(of('raw'), of('raw__green'))).toThrowError(
      refused('Source orders is shop.raw.orders on the live side and shop.raw__green.orders on the idle side'),
    );
  });

  it('tells all that is wrong at once', () => {
    const live = project([node('a'), node('b', { relation: named('a') }), node('c')]);
    expect(() => map(live, project([node('a'), node('b')]))).toThrowError(
      expect.objectContaining({ message: expect.stringMatching(/c is enabled[^]*a and b have/) }),
    );
  });
});
