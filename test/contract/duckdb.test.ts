import { describe, expect, it } from 'vitest';
import { duckdbHouse } from './duckdb/house.ts';
import { duckdbKinds } from './duckdb/kinds.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { warehouseSuite } from './warehouse.suite.ts';

warehouseSuite('DuckDB', duckdbHouse);
kindMatrix('DuckDB', duckdbHouse, duckdbKinds);

describe('a DuckDB warehouse', () => {
  it('says of itself that files change places at once and writers exclude readers', async () => {
    const house = await duckdbHouse();
    expect(house.warehouse.traits).toMatchObject({
      cutover: 'atomic',
      viewsBind: 'name',
      writesBesideReaders: false,
      timeTravelMs: 0,
    });
    expect(house.warehouse.traits.exchange[0]).toBe('file');
    await house.dispose();
  });
});
