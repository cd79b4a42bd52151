import { afterAll, beforeAll, it } from 'vitest';
import { expectReadable } from '../warehouses/snowflake/readable.ts';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';
import { snowflakeHouse } from './snowflake/house.ts';
import { kindsOfDatabases, snowflakeKinds } from './snowflake/kinds.ts';
import { kindMatrix } from './warehouse/kinds.ts';
import { ofSides, warehouseSuite } from './warehouse.suite.ts';

const manner = { exchanges: 'relations', seals: 'in place', prints: 'writes' } as const;

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server.stop());

warehouseSuite('Snowflake', () => snowflakeHouse(server), manner);
kindMatrix('Snowflake', () => snowflakeHouse(server), snowflakeKinds, manner);

const whole = { exchanges: 'sides', seals: 'in place', prints: 'writes' } as const;
warehouseSuite('Snowflake, with databases', () => snowflakeHouse(server, { scope: 'database' }), whole, ofSides);
kindMatrix('Snowflake, with databases', () => snowflakeHouse(server, { scope: 'database' }), kindsOfDatabases, whole);

warehouseSuite('Snowflake, with schemas', () => snowflakeHouse(server, { scope: 'schema' }), whole, ofSides);
kindMatrix('Snowflake, with schemas', () => snowflakeHouse(server, { scope: 'schema' }), snowflakeKinds, whole);

// The last one: it looks at what all the others had sent.
it("is told nothing but what Snowflake's grammar has", () => expectReadable(server.control));
