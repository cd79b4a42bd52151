import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import type { Lack } from '../../../src/domain/lack.ts';
import { controlSql } from '../../../src/warehouse/postgres/sql.ts';
import { type Housed, houses } from './houses.ts';

const open = houses(["deploy login password 'x'", 'analyst', 'loader']);

/** As the role that releases run as, which may nothing yet; `orders` and `totals` are live. */
async function opened(): Promise<Housed> {
  const housed = await open({ slim: true, output: { user: 'deploy', password: 'x' } });
  const { driver, house } = housed;
  await house.run(
    // Databases and roles are used by one test after the other.
    `revoke create on database ${house.database} from deploy`,
    'revoke analyst, loader, pg_read_all_stats, pg_signal_backend from deploy',
    'create schema "the shop"',
    ...driver.orders([1])(house.live),
  );
  return housed;
}

/** With all that it needs. */
async function furnished(): Promise<Housed> {
  const housed = await opened();
  const { house, live } = housed;
  await house.run(
    `grant create on database ${house.database} to deploy`,
    'grant usage, create on schema "the shop" to deploy',
    `alter table ${live('orders')} owner to deploy`,
    `alter view ${live('totals')} owner to deploy`,
    'grant pg_read_all_stats to deploy',
  );
  return housed;
}

const lacking = ({ house }: Housed): Promise<readonly Lack[]> =>
  house.warehouse.examine({
    live: ['orders', 'totals', 'fresh'].map((name) => house.relation(house.live, name)),
    idle: ['orders', 'totals', 'fresh'].map((name) => house.relation(house.idle, name)),
  });

describe('a role that has all that releases need', () => {
  it('lacks nothing, before and after a release', async () => {
    const housed = await furnished();
    expect(await lacking(housed)).toEqual([]);
    await housed.house.warehouse.claim(fence(1), null);
    expect(await lacking(housed)).toEqual([]);
  });
});

/** What is taken away, how it is told, and whether a release would fail for it. */
type Case = readonly [
  what: string,
  takes: (housed: Housed) => readonly string[],
  told: RegExp,
  severity: Lack['severity'],
];
const cases: readonly Case[] = [
  [
    'schemas of its own',
    ({ house }) => [`revoke create on database ${house.database} from deploy`],
    /^deploy may not create schemas in database house_/,
    'bad',
  ],
  [
    'the right to create where readers look',
    () => ['revoke create on schema "the shop" from deploy'],
    /^deploy may not create relations in schema "the shop"/,
    'bad',
  ],
  [
    'ownership of what it replaces',
    ({ live }) => [`alter view ${live('totals')} owner to analyst`, `alter table ${live('orders')} owner to loader`],
    /^2 live names belong to loader, analyst, and only an owner can move them: "the shop".orders, "the shop".totals$/,
    'bad',
  ],
  [
    'ownership of what a superuser has made',
    ({ live }) => [`alter view ${live('totals')} owner to postgres`],
    /^A live name belongs to postgres, .*: "the shop".totals \(a superuser's/,
    'bad',
  ],
  [
    'ownership of a function that a superuser has made',
    ({ live }) => [`create function ${live('fresh')}() returns integer language sql as 'select 1'`],
    /^A live name belongs to postgres, .*: "the shop".fresh \(a superuser's/,
    'bad',
  ],
  [
    'ownership of a function',
    ({ live }) => [
      `create function ${live('fresh')}() returns integer language sql as 'select 1'`,
      `alter function ${live('fresh')} owner to loader`,
    ],
    /^A live name belongs to loader, .*: "the shop".fresh$/,
    'bad',
  ],
  [
    'sight of other sessions',
    () => ['revoke pg_read_all_stats from deploy'],
    /does not see what other users run/,
    'warn',
  ],
];

describe.each(cases)('a role that lacks %s', (_, takes, told, severity) => {
  it('is told so, and lacks nothing once somebody typed what stands beside it', async () => {
    const housed = await furnished();
    await housed.house.run(...takes(housed));
    const [lack, ...others] = await lacking(housed);
    expect(lack).toMatchObject({ what: expect.stringMatching(told), severity });
    expect(others).toEqual([]);
    await housed.house.run(lack?.next ?? '');
    expect(await lacking(housed)).toEqual([]);
  });
});

/** As psql runs it: what a query before `\gexec` gives is run in turn. */
async function psql({ house }: Housed, path: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const text = (await readFile(path, 'utf8'))
    .replaceAll(/^(--|\\set).*$/gm, '')
    .replaceAll(/:'(\w+)'/g, (_, name: string) => pg.escapeLiteral(variables[name] ?? ''));
  const session = await house.session();
  try {
    for (const [, sql = '', end] of text.matchAll(/([^;\\]+)(;|\\gexec)/g)) {
      const { rows } = await session.query<Record<string, unknown>>(sql);
      if (end !== ';') for (const made of rows.flatMap((row) => Object.values(row))) await session.query(String(made));
    }
  } finally {
    await session.end();
  }
}

describe('the script for a DBA', () => {
  it('is named where more than one right is missing, and gives all of them', async () => {
    const housed = await opened();
    const { house, live } = housed;
    await house.run(`alter table ${live('orders')} owner to loader`);
    // A first try as a superuser.
    await house.run(await controlSql());
    const lacks = await lacking(housed);
    expect(lacks.map(({ what }) => what)).toEqual([
      expect.stringMatching(/may not create schemas/),
      expect.stringMatching(/may not create relations/),
      expect.stringMatching(/belongs to loader/),
      expect.stringMatching(/belongs to postgres/),
      'schema lastgreen is for lastgreen itself, and belongs to postgres',
      expect.stringMatching(/does not see/),
      'all rights that deploy needs are in one script, for a DBA',
    ]);
    const [, role, schemas, path] = /-v role=(\w+) -v schemas='([^']+)' -f (.+)$/.exec(lacks.at(-1)?.next ?? '') ?? [];
    expect([role, schemas]).toEqual(['deploy', 'the shop']);
    await psql(housed, path ?? '', { role: 'deploy', schemas: 'the shop' });
    expect(await lacking(housed)).toEqual([]);
  });
});

describe('what holds on to live names', () => {
  it('is told on the first day by name, but for what follows and what is the project’s own', async () => {
    const housed = await furnished();
    const { house, live } = housed;
    await house.run(
      'create schema bi',
      `create view bi.follows as select id from ${live('orders')}`,
      'grant usage, create on schema bi to deploy',
      'alter view bi.follows owner to deploy',
      `create materialized view bi.sums as select count(*) from ${live('orders')}`,
      `create publication feed for table ${live('orders')}`,
    );
    const lacks = await lacking(housed);
    expect(lacks).toEqual([
      {
        severity: 'warn',
        what: expect.stringMatching(
          /^"the shop"\.orders cannot be replaced .*: (materialized view bi\.sums, publication feed|publication feed, materialized view bi\.sums); plan refuses/,
        ),
        next: expect.stringContaining('drop what holds on'),
      },
    ]);
  });
});
