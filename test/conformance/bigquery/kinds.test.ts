import { bigqueryHouse } from '../../contract/bigquery/house.ts';
import { bigqueryKinds } from '../../contract/bigquery/kinds.ts';
import { kindMatrix } from '../../contract/warehouse/kinds.ts';
import { running } from './run.ts';

const { ground } = await running();

const manner = { exchanges: 'views', seals: 'in place', prints: 'writes' } as const;
kindMatrix('BigQuery', () => bigqueryHouse(ground), bigqueryKinds, manner);
