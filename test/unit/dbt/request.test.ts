import { describe, expect, test } from 'vitest';
import { deferralManifest } from '../../../src/dbt/deferral.ts';
import { childEnvironment } from '../../../src/dbt/environment.ts';
import { readRecorded } from '../../../src/dbt/read.ts';
import { scrubber, secretValues } from '../../../src/dbt/scrub.ts';
import { choosesItself, expected } from '../../../src/dbt/selection.ts';
import { nodeId } from '../../../src/domain/ids.ts';
import type { Relation } from '../../../src/domain/relation.ts';
import { recorded } from './fixture.ts';

const raw = recorded('manifest.json');
const asItIs = (relation: Relation): Relation => relation;
const nowhere = { live: asItIs, idle: asItIs };
const manifest = readRecorded(raw, nowhere, null);
const orders = nodeId('model.tiny.orders');
const ephemeral = nodeId('model.tiny.nowhere_by_itself');
const customers = nodeId('seed.tiny.customers');

describe('what a build owes', () => {
  test('is a result for each node that dbt makes, and for each test that reads one', () => {
    const owed = expected(manifest, [orders, ephemeral], 'build');
    expect([...owed.nodes]).toEqual([orders]);
    expect(owed.tests.size).toBe(3);
    expect(expected(manifest, [customers], 'build').tests.size).toBe(1);
  });

  test('is the whole project where nothing was chosen, and only what the verb runs', () => {
    expect(expected(manifest, [], 'build').nodes.size).toBe(5);
    expect([...expected(manifest, [], 'seed').nodes]).toEqual([customers]);
    const [id = nodeId('')] = manifest.tests.keys();
    const asked = expected(manifest, [id], 'test');
    expect([asked.nodes.size, [...asked.tests]]).toEqual([0, [id]]);
  });

  test.each([
    [['build', '--select', 'a'], true],
    [['build', '-s', 'a'], true],
    [['build', '--exclude=a'], true],
    [['build', '--full-refresh', '--threads', '2'], false],
  ])('is not known when %j chooses the nodes itself: %s', (args, chooses) => {
    expect(choosesItself(args)).toBe(chooses);
  });
});

describe('deferral', () => {
  test('tells dbt of the nodes that are elsewhere, and of no other', () => {
    const elsewhere = { location: '', database: 'prod', schema: 'a b', identifier: 'Kunden' };
    const text = deferralManifest(raw, new Map([[customers, elsewhere]]), null);
    const told = readRecorded(new TextEncoder().encode(text), nowhere, null);
    expect([...told.nodes.keys()]).toEqual([customers]);
    expect(told.nodes.get(customers)?.relation).toEqual(elsewhere);
    expect([told.tests.size, told.macros.size, told.sources.size]).toEqual([0, 0, 0]);
    expect(text).toContain(JSON.stringify('"prod"."a b"."Kunden"'));
  });
});

describe("dbt's environment", () => {
  test('says the side, and keeps out what would change a release', () => {
    const base = {
      PATH: '/bin',
      DBT_FULL_REFRESH: '1',
      DBT_ENGINE_TARGET: 'dev',
      DBT_STATE: 'x',
      DBT_CLOUD_RUN_ID: '7',
    };
    expect(childEnvironment(base, { name: 'idle', env: { DBT_ENV_SECRET_LASTGREEN_1: 's' } })).toEqual({
      PATH: '/bin',
      DBT_CLOUD_RUN_ID: '7',
      DBT_ENV_SECRET_LASTGREEN_1: 's',
      DBT_LASTGREEN_SIDE: 'idle',
      DBT_ENV_CUSTOM_ENV_LASTGREEN_SIDE: 'idle',
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'False',
      PYTHONIOENCODING: 'utf-8',
    });
  });

  test('leaves usage statistics to who asks for them', () => {
    const env = childEnvironment({ DBT_SEND_ANONYMOUS_USAGE_STATS: 'true' }, { name: 'live', env: {} });
    expect(env['DBT_SEND_ANONYMOUS_USAGE_STATS']).toBe('true');
  });
});

describe('secrets', () => {
  test('are taken out as they are and as JSON writes them', () => {
    const scrub = scrubber(['pä"ss word', 'pä"ss', 'abc']);
    const python = 'p\\u00e4\\"ss word';
    expect(scrub(`say pä"ss word ${JSON.stringify('pä"ss word')} ${python} pä"ss!`)).toBe(
      'say ***** "*****" ***** *****!',
    );
    expect(scrub('abc is too short to be one')).toBe('abc is too short to be one');
  });

  test('are what dbt itself takes for secret', () => {
    expect(secretValues({ DBT_ENV_SECRET_A: 'a', DBT_ENGINE_ENV_SECRET_B: 'b', DBT_ENV_CUSTOM_ENV_C: 'c' })).toEqual([
      'a',
      'b',
    ]);
  });
});
