import { bigqueryHouse } from '../../contract/bigquery/house.ts';
import { warehouseSuite } from '../../contract/warehouse.suite.ts';
import { running } from './run.ts';

const { ground } = await running();

warehouseSuite('BigQuery', () => bigqueryHouse(ground), { exchanges: 'views', seals: 'in place', prints: 'writes' });
