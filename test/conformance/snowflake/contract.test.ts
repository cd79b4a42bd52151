import { snowflakeHouse } from '../../contract/snowflake/house.ts';
import { warehouseSuite } from '../../contract/warehouse.suite.ts';
import { running } from './run.ts';

const { account, database, databases, prefix } = await running();

warehouseSuite('Snowflake, with schemas', () => snowflakeHouse(account, { database, schema: `${prefix} the shop` }), {
  exchanges: 'relations',
  seals: 'in place',
  prints: 'writes',
});

if (databases)
  warehouseSuite('Snowflake, with databases', () => snowflakeHouse(account, { scope: 'database' }), {
    exchanges: 'sides',
    seals: 'in place',
    prints: 'writes',
  });
