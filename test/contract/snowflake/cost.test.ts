import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { type SnowflakeServer, startSnowflake } from '../../warehouses/snowflake/server.ts';
import { Driver } from '../warehouse/house.ts';
import { snowflakeHouse } from './house.ts';

describe('what a release on Snowflake took', () => {
  let server: SnowflakeServer;
  beforeAll(async () => {
    server = await startSnowflake();
  });
  afterAll(() => server.stop());

  it("is the time of its own statements and of dbt's, and of nobody else's", async () => {
    const house = await snowflakeHouse(server, { output: { query_tag: 'lastgreen-prod' } });
    const from = new Date();
    await new Driver(house).deploy(1, () => []);
    const ask = (n: number) =>
      house.warehouse.cost?.({ release: releaseOf(fence(n)), from, until: new Date(Date.now() + 60_000) });
    const [own] = (await ask(1)) ?? [];
    expect(own).toMatchObject({ on: server.warehouse, credits: null });
    expect(own?.statements).toBeGreaterThan(1);
    await house.run("alter session set query_tag = 'lastgreen-prod'", 'select 1', 'select 2');
    await house.run("alter session set query_tag = 'somebody else'", 'select 3');
    const [both] = (await ask(1)) ?? [];
    const [dbt] = (await ask(2)) ?? [];
    expect((both?.statements ?? 0) - (own?.statements ?? 0)).toBe(dbt?.statements);
    expect(dbt?.statements).toBeGreaterThanOrEqual(2);
    await house.dispose();
  });
});
