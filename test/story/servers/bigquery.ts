import { openClient } from '../../warehouses/bigquery/client.ts';
import { startBigquery } from '../../warehouses/bigquery/server.ts';
import type { Server } from './server.ts';

/** Who looks at the dashboard. */
const READER = 'dashboard@shop.test';

/** A project with the datasets that readers use: whoever looks at the dashboard may read those, and nothing behind them. */
export async function bigqueryServer(): Promise<Server> {
  const server = await startBigquery();
  const { bigquery } = openClient(server.connection);
  for (const dataset of ['analytics', 'analytics_raw'])
    await bigquery.createDataset(dataset, {
      location: 'US',
      access: [
        { role: 'OWNER', specialGroup: 'projectOwners' },
        { role: 'READER', userByEmail: READER },
      ],
    });
  return {
    live: `${server.url}/${server.project}`,
    env: { SHOP_ENDPOINT: server.url, SHOP_PROJECT: server.project, SHOP_TOKEN: String(server.profile['token']) },
    readerEnv: { BIGQUERY_USER: READER },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
