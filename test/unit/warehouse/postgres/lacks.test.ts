import { describe, expect, test } from 'vitest';
import type { ServerFacts } from '../../../../src/warehouse/postgres/facts.ts';
import { lacksOf } from '../../../../src/warehouse/postgres/lacks.ts';

const good: ServerFacts = {
  version: '18.4',
  major: 18,
  standby: false,
  pid: 7,
  database: 'shop',
  role: 'deploy',
  mayMakeSchemas: true,
  loginIsSuperuser: false,
  maySignal: true,
  maySeeSessions: true,
  locks: 6_400,
  sessions: 100,
  locksNeeded: 40,
  liveNames: 20,
  homes: ['analytics'],
  liveSchemas: [],
  foreignSchemas: [],
  foreignRelations: [],
};

const told = (facts: Partial<ServerFacts>, pid = 7) => lacksOf({ facts: { ...good, ...facts }, pid, holding: [] });

describe('a server', () => {
  test('that has what releases need lacks nothing', () => {
    expect(told({})).toEqual([]);
  });

  test('that is a standby is no place for a release, and nothing else of it matters', () => {
    expect(told({ standby: true, mayMakeSchemas: false })).toEqual([
      {
        severity: 'bad',
        what: 'the server is a standby: it takes no writes',
        next: 'give the target in profiles.yml the host: of the primary',
      },
    ]);
  });

  test('with too few locks for all live names at once is told how many can change, and what to set', () => {
    const [lack] = told({ liveNames: 5_000, locksNeeded: 10_000 });
    expect(lack).toEqual({
      severity: 'warn',
      what: 'a release that changes all 5,000 live names needs 10,000 locks at once, and the whole server has 6,400: no more than about 3,200 can change in one cutover',
      next: 'ALTER SYSTEM SET max_locks_per_transaction = 192; and restart the server',
    });
  });

  test.each(['12.22', '19.0'])('of version %s may do, and nobody has tried', (version) => {
    const [lack] = told({ version, major: Number.parseInt(version, 10) });
    expect(lack).toMatchObject({ severity: 'warn', what: `Postgres ${version} is not verified: 13 to 18 are` });
  });

  test('behind a pooler is told by the process that answers', () => {
    expect(told({}, 8)).toEqual([
      expect.objectContaining({ severity: 'warn', what: expect.stringContaining('pooler') }),
    ]);
  });

  test('that another user’s dbt is left running on needs the right to end it, or another user', () => {
    expect(told({ maySignal: false })[0]?.next).toBe('GRANT pg_signal_backend TO deploy;');
    expect(told({ maySignal: false, loginIsSuperuser: true })[0]?.next).toContain('a user: that is no superuser');
  });
});

test('names are quoted where they have to be', () => {
  const facts = { role: 'Deploy', mayMakeSchemas: false, database: 'the shop' };
  expect(told(facts)[0]?.next).toBe('GRANT CREATE ON DATABASE "the shop" TO "Deploy";');
});

test('of many names a few are told, and how many more there are', () => {
  const foreignRelations = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
    schema: 'analytics',
    name,
    owner: 'loader',
    kind: 'table' as const,
    ownerIsSuperuser: false,
  }));
  expect(told({ foreignRelations })[0]).toEqual({
    severity: 'bad',
    what: '5 live names belong to loader, and only an owner can move them: analytics.a, analytics.b, analytics.c and 2 more',
    next: 'GRANT loader TO deploy;',
  });
});
