import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, outcomeOf, yesOr } from './ground.ts';

/** What a description may have beside the text that lastgreen keeps in one (src/warehouse/bigquery/documents.ts). */
const KEPT = 15_100;

/** Compare-and-swap: what the fence and the cutover stand on. */
export function etagFacts(ground: Ground): void {
  const { call, get, made, path, name, run } = ground;
  const patch = (table: string, body: object, ifMatch?: string) =>
    call({ method: 'PATCH', path: path(table), body, once: true, ...(ifMatch === undefined ? {} : { ifMatch }) });

  settles('tables.patch with If-Match of an older etag is refused with 412, and changes nothing', 'yes', async () => {
    const table = await made();
    const { etag } = await get(table);
    await patch(table, { description: 'first' }, etag);
    const found = await outcomeOf(patch(table, { description: 'second' }, etag));
    return yesOr(`${found}, ${(await get(table)).description}`, 'outdated, first');
  });

  settles('of many such with one etag at once one is done', 'yes', async () => {
    const table = await made();
    const { etag } = await get(table);
    const all = await Promise.all(
      Array.from({ length: 5 }, (_, n) => outcomeOf(patch(table, { description: `number ${n}` }, etag))),
    );
    return yesOr(all.toSorted().join(), 'done,outdated,outdated,outdated,outdated');
  });

  settles('a patch of labels alone gives another etag', 'yes', async () => {
    const table = await made();
    const before = await get(table);
    await patch(table, { labels: { lastgreen_fence: '7' } });
    return yesOrNo((await get(table)).etag !== before.etag);
  });

  settles('a label that is null in a patch goes away, and the others stay', 'yes', async () => {
    const table = await made();
    await patch(table, { labels: { one: '1', two: '2' } });
    await patch(table, { labels: { one: null } });
    return yesOr(JSON.stringify((await get(table)).labels), '{"two":"2"}');
  });

  settles('a patch of what a view reads holds for the next query, and keeps its other fields', 'yes', async () => {
    const [a, b] = [await made(1), await made(2)];
    await run(`create view ${name(`over_${a}`)} options (description = 'kept') as select * from ${name(a)}`);
    await patch(`over_${a}`, { view: { query: `select * from ${name(b)}`, useLegacySql: false } });
    const found = await ground.value(`select id from ${name(`over_${a}`)}`);
    return yesOr(`${String(found)}, ${(await get(`over_${a}`)).description}`, '2, kept');
  });

  settles('a description of a table without columns holds what lastgreen keeps there', 'yes', async () => {
    const [table, description] = ['without_columns', 'ü'.repeat(KEPT)];
    const tableReference = { projectId: ground.project, datasetId: ground.dataset, tableId: table };
    await call({ method: 'POST', path: `/datasets/${ground.dataset}/tables`, body: { tableReference, description } });
    return yesOrNo((await get(table)).description === description);
  });

  settles('a description of more than 16,384 characters is refused', null, async () => {
    const table = await made();
    const found = await outcomeOf(patch(table, { description: 'x'.repeat(16_385) }));
    return found === 'done' ? 'no' : 'yes';
  });

  settles('tables.insert under a name that is taken is refused as a duplicate', 'yes', async () => {
    const table = await made();
    const tableReference = { projectId: ground.project, datasetId: ground.dataset, tableId: table };
    const body = { tableReference, schema: { fields: [{ name: 'id', type: 'INTEGER' }] } };
    return yesOr(
      await outcomeOf(call({ method: 'POST', path: `/datasets/${ground.dataset}/tables`, body })),
      'duplicate',
    );
  });
}
