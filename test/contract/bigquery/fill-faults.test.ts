import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { fence } from '../../../src/domain/ids.ts';
import type { Container } from '../../../src/domain/relation.ts';
import { readCatalog } from '../../../src/warehouse/bigquery/catalog.ts';
import { changeRing } from '../../../src/warehouse/bigquery/control.ts';
import { fill } from '../../../src/warehouse/bigquery/fill.ts';
import { OWNER } from '../../warehouses/bigquery/names.ts';
import { expectReadable } from '../../warehouses/bigquery/readable.ts';
import { type BigqueryServer, startBigquery } from '../../warehouses/bigquery/server.ts';
import { type Ground, groundOn } from './ground.ts';

let server: BigqueryServer;
let ground: Ground;
let green: Container;

beforeAll(async () => {
  server = await startBigquery();
});

beforeEach(async () => {
  ground = await groundOn(server);
  const [blue, second] = ground.slots;
  if (!blue || !second) throw new RangeError('slots');
  green = second;
  await ground.fill({ do: 'create', container: blue }, { do: 'create', container: green });
  await ground.run(
    "create table {blue}.orders (id int64 primary key not enforced) options (description = 'all')",
    `create table {blue}.lines (of int64, foreign key (of) references {blue}.orders (id) not enforced)`,
    'insert into {blue}.orders values (1), (2)',
    'grant `roles/bigquery.dataViewer` on table {blue}.orders to "user:ann@example.com"',
    `create row access policy everything on {blue}.orders grant to ("user:${OWNER}") filter using (true)`,
    'create view {blue}.seen as select * from {blue}.orders',
    'create table {green}.old as select 1 as x',
  );
  await ground.serve(blue, 'orders', 'lines', 'seen');
});

afterAll(async () => server?.[Symbol.asyncDispose]());

const copied = () => ground.fill({ do: 'copy', from: ground.live, id: null, to: green });

async function expectCopied(): Promise<void> {
  const { rows, at, ctx } = ground;
  expect(await rows(at(green, 'seen'))).toEqual([{ id: 1 }, { id: 2 }]);
  const catalog = await readCatalog(ctx, [green]);
  expect(catalog.relations.map(({ relation }) => relation.identifier).toSorted()).toEqual(['lines', 'orders', 'seen']);
  const protection = catalog.find(at(green, 'orders'))?.protection;
  expect(protection?.grants).toHaveLength(1);
  expect(protection?.rules).toHaveLength(1);
}

it.each([
  ['the job of a clone', / CLONE /],
  ['the making of a view', /POST .*__green\/tables\b/],
  ['the giving of rights', /:setIamPolicy/],
  ['the telling of what a copy is', /PATCH .*\/tables\/lines/],
  ['the deletion of what goes', /DELETE .*\/tables\/old/],
  ['the notes of what was carried', /carried/],
])('ends right when the answer to %s is lost', async (_, match) => {
  const { control } = server;
  const before = (await control.requests()).length;
  await control.rule({ match, nth: 1, when: 'after', do: { kind: 'drop' } });
  try {
    await copied();
    await expectCopied();
    const jobs = (await control.requests())
      .slice(before)
      .filter(({ method, status }) => method === 'POST' && status === 200);
    const clones = jobs.filter(({ sql }) => sql?.includes(' CLONE ') && sql.includes('orders'));
    expect(clones.length).toBeLessThanOrEqual(1);
  } finally {
    await control.clearRules();
  }
});

it('ends right when every tenth request is one too many', async () => {
  const { control } = server;
  const message = 'Exceeded rate limits: too many api requests per user per method for this user_method';
  await control.rule({
    match: /__green|jobs/,
    every: 10,
    do: { kind: 'fail', code: 403, reason: 'rateLimitExceeded', message },
  });
  try {
    await copied();
  } finally {
    await control.clearRules();
  }
  await expectCopied();
});

it('stops where somebody else claimed a higher number', async () => {
  const { ctx, rows, at } = ground;
  await changeRing(ctx, (ring) => ({ ...ring, claimed: fence(2) }));
  await expect(copied()).rejects.toMatchObject({ is: 'fenced' });
  expect(await rows(at(green, 'old'))).toEqual([{ x: 1 }]);
});

it('stops when it is told to, and is done again from where it is', async () => {
  const { control } = server;
  const { ctx, live } = ground;
  const stop = new AbortController();
  const held = await control.rule({ match: / CLONE /, nth: 1, when: 'before', do: { kind: 'hold' } });
  const stopped = fill(ctx, [{ do: 'copy', from: live, id: null, to: green }], {
    fence: fence(1),
    signal: stop.signal,
  });
  const ended = stopped.catch((error: unknown) => String(error));
  await held.reached();
  stop.abort(new Error('enough'));
  await control.clearRules();
  expect(await ended).toContain('enough');
  await copied();
  await expectCopied();
});

// The last one: it looks at what all the others had sent.
it("asks nothing but what BigQuery's grammar has", () => expectReadable(server.control));
