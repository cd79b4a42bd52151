import { afterAll, beforeAll, it } from 'vitest';
import { expectReadable } from '../warehouses/bigquery/readable.ts';
import { type BigqueryServer, startBigquery } from '../warehouses/bigquery/server.ts';
import { bigqueryHouse } from './bigquery/house.ts';
import { bigqueryKinds } from './bigquery/kinds.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { warehouseSuite } from './warehouse.suite.ts';

const manner = { exchanges: 'views', seals: 'in place', prints: 'writes' } as const;

let server: BigqueryServer;
beforeAll(async () => {
  server = await startBigquery();
});
afterAll(() => server.stop());

warehouseSuite('BigQuery', () => bigqueryHouse(server), manner);
kindMatrix('BigQuery', () => bigqueryHouse(server), bigqueryKinds, manner);

// The last one: it looks at what all the others had sent.
it("is told nothing but what BigQuery's grammar has", () => expectReadable(server.control));
