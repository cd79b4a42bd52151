import { snowflakeHouse } from '../../contract/snowflake/house.ts';
import { snowflakeKinds } from '../../contract/snowflake/kinds.ts';
import { kindMatrix } from '../../contract/warehouse/kinds.ts';
import { running } from './run.ts';

const { account, database, prefix } = await running();

const build = () => snowflakeHouse(account, { database, schema: `${prefix} the shop` });
kindMatrix('Snowflake', build, snowflakeKinds, { exchanges: 'relations', seals: 'in place', prints: 'writes' });
