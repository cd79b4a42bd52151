import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rolledBackRendering } from '../../src/cli/render/rolled-back.ts';
import { show } from '../../src/cli/render/show.ts';
import { type Image, putBack } from '../integration/frozen/image.ts';
import { type Description, described, differences, type Objects, objects } from './production/catalog.ts';
import { change, changed } from './production/files.ts';
import { loaded, onGranted, onRebuilt, onTotals } from './production/people.ts';
import { makeProduction, type Production, SHOP } from './production/stage.ts';

// dbt starts eight times, and other tests run beside it.
const patience = 300_000;

const names = Object.keys(changed);

let production: Production;
let shop: pg.Client;
/** Before the first release, of what it does not change. */
let untouched: Objects;
/** Of what it changes, too. */
let all: Objects;
/** Without the snapshot: its rows are nobody's to take back, and stay where they are. */
let returning: Objects;
let old: Readonly<Record<string, Description>>;
beforeAll(async () => {
  production = await makeProduction();
  shop = await production.open();
  await shop.query(loaded);
  [untouched, all, returning] = [
    await objects(shop, names),
    await objects(shop, []),
    await objects(shop, ['customers_history']),
  ];
  old = await described(shop, names);
}, patience);
afterAll(() => production[Symbol.asyncDispose](), patience);

/** What is counted on from the moment that a release copies or seals a table. */
const withoutCounting = ({ triggers, ...is }: Description): Description => ({
  ...is,
  triggers: Array.isArray(triggers) && triggers.join() === 'lastgreen_writes' ? null : triggers,
});
const live = async (): Promise<Readonly<Record<string, Description>>> =>
  Object.fromEntries(Object.entries(await described(shop, names)).map(([name, is]) => [name, withoutCounting(is)]));

async function goBack(): Promise<void> {
  const { stdout } = await production.project.succeed('rollback', '--json');
  const back = rolledBackRendering.schema.parse(JSON.parse(stdout));
  expect(back).toMatchObject({ outcome: 'rolled-back', strategy: 'swap', staying: [{ node: 'customers_history' }] });
}

describe('a production of 200 models, with what people made beside it', { timeout: patience }, () => {
  let deployed: Image;

  test('is adopted as it is: no object changes', async () => {
    await production.project.succeed('adopt');
    expect(differences(all, await objects(shop, []))).toEqual([]);
  });

  test('is released in part: what the commit does not change keeps its identity, and all that people gave it', async () => {
    const { project } = production;
    await project.commit('Add the VAT', change);
    await production.copy(SHOP, 'twin');
    shop = await production.open();
    await project.succeed('deploy');
    const { plan } = await project.document(show, 'show');
    expect(Object.fromEntries(plan?.nodes.map(({ name, history }) => [name, history]) ?? [])).toEqual(changed);
    expect(differences(untouched, await objects(shop, names))).toEqual([]);
  });

  test('has what changed as dbt by itself builds it, and as people left it', async () => {
    await production.dbt(['build', '--select', 'orders+', 'events', 'mart_08', 'customers_history', 'vat+'], 'twin');
    const twin = await production.open('twin');
    await twin.query(`set role deploy; ${onRebuilt} ${onGranted} reset role`);
    expect(await live()).toEqual(await described(twin, names));
  });

  test('gives reports of others what is new, and nothing of what left', async () => {
    await shop.query('begin; delete from analytics.orders; delete from analytics.customers_history');
    const seen = await shop.query(
      'select (select orders from bi.on_a_report limit 1) as orders, (select count(*) from bi.moves) as moves',
    );
    await shop.query('rollback');
    expect(seen.rows).toEqual([{ orders: '0', moves: '0' }]);
    expect((await shop.query('select count(*) as rows, sum(amount) > 0 as amount from bi.eighth')).rows).toEqual([
      { rows: '2', amount: true },
    ]);
  });

  test('goes back: every object is again the one that it was', async () => {
    deployed = production.project.keep('deployed');
    await production.copy(SHOP, 'deployed');
    shop = await production.open();
    await goBack();
    expect(await live()).toEqual(old);
    // Writes to it are counted since it was copied.
    expect(differences(returning, await objects(shop, ['customers_history']))).toEqual([
      expect.stringMatching(/^pg_class \d+\/0 events: .*"relhastriggers": false.* -> .*"relhastriggers": true/),
      expect.stringMatching(/^pg_trigger \d+\/0 lastgreen_writes: nothing -> /),
    ]);
  });

  test('goes back, too, where dbt built something else on live meanwhile', async () => {
    await production.copy('deployed', SHOP);
    putBack(deployed);
    await production.dbt(['build', '--select', 'customers+', '--exclude', 'resource_type:snapshot']);
    shop = await production.open();
    await shop.query(`set role deploy; ${onTotals} reset role`);
    const rebuilt = await objects(shop, names);
    await goBack();
    expect(await live()).toEqual(old);
    expect(differences(rebuilt, await objects(shop, names))).toEqual([]);
  });
});
