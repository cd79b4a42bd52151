import { describe, expect, test } from 'vitest';
import type { LiveLook } from '../../../src/domain/cutover.ts';
import { drift } from '../../../src/gates/drift.ts';
import { answersOf } from './asking.ts';
import { catalog, manifest, model, now, onLive, planned, settings, side, table, type World, world } from './world.ts';

const orders = model('orders');
const look = (fingerprint: string): LiveLook => ({
  fingerprints: [[onLive('orders'), fingerprint]],
  token: fingerprint,
});

const building = (before: LiveLook | null, after: LiveLook, o: World = {}): World => ({
  liveManifest: manifest([orders]),
  plan: { nodes: [planned(orders)] },
  current: side(catalog([table(onLive('orders'))]), undefined, {
    look: before,
    lookedAt: new Date(now.getTime() - 14 * 60_000),
    lookAgain: async () => after,
  }),
  ...o,
});

const verdict = async (o: World) => (await answersOf(drift, o))['drift:orders'];

test('a function has no rows that could be older than live’s', async () => {
  const fn = { ...orders, resource: 'function', materialized: 'function' } as const;
  const o = building(look('a'), look('b'), { liveManifest: manifest([fn]), plan: { nodes: [planned(fn)] } });
  expect(await answersOf(drift, o)).toEqual({});
});

describe('a table that was rebuilt', () => {
  test('passes when live was not written to meanwhile', async () => {
    expect(await verdict(building(look('a'), look('a')))).toMatchObject({
      verdict: 'pass',
      observed: 'nothing wrote to it since',
    });
  });

  test('warns with the age of its rows when live was written to', async () => {
    expect(await verdict(building(look('a'), look('b')))).toEqual({
      verdict: 'warn',
      expected: 'no write to live since the release looked at it, 14 min ago',
      observed: 'it was written to, and the release has the older rows',
    });
  });

  test('fails where lastgreen.yml wants that', async () => {
    expect(await verdict(building(look('a'), look('b'), { settings: settings({ drift: 'fail' }) }))).toMatchObject({
      verdict: 'fail',
    });
  });

  test('warns when live does not hold it any more, or only since then', async () => {
    const gone = building(look('a'), look('a'), {
      current: side(catalog([]), undefined, { look: look('a'), relationOf: onLive }),
    });
    expect(await verdict(gone)).toMatchObject({ verdict: 'warn', observed: 'live does not hold it any more' });
    const came = building({ fingerprints: [], token: '' }, look('a'));
    expect(await verdict(came)).toMatchObject({ verdict: 'warn', observed: 'it came to live meanwhile' });
  });

  test('has no verdict where nobody looked, or the look tells nothing', async () => {
    expect(await verdict(building(null, look('a')))).toMatchObject({ verdict: 'inconclusive' });
    expect(await verdict(building(look('a'), { fingerprints: [], token: '' }))).toMatchObject({
      verdict: 'inconclusive',
    });
  });

  test.each([
    ['seeded history, which the cutover catches up', { history: 'seed' as const }],
    ['a view, which has no rows of its own', { materialized: 'view' }],
    ['built in place, where readers see it at once', { idle: onLive('orders') }],
  ])('is not %s', (_, o) => {
    expect(drift.expect(world(building(look('a'), look('b'), { plan: { nodes: [planned(orders, o)] } })))).toEqual([]);
  });
});
