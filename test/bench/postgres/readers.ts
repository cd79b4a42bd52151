import { fence, releaseOf } from '../../../src/domain/ids.ts';
import { SCHEMA as schema } from '../../contract/postgres/house.ts';
import { ended, message, start } from '../../integration/duckdb/processes.ts';
import type { Got, Reading } from '../../integration/postgres/reader.ts';
import type { PostgresServer } from '../../warehouses/postgres/server.ts';
import { timed } from '../measure.ts';
import { tableOf } from '../table.ts';
import { furnished } from './furnish.ts';

/** So many cutovers and swap backs of 300 relations while readers go on, and the longest that one of them waited. */
export async function besideReaders(
  server: PostgresServer,
  times: number,
  say: (text: string) => void,
): Promise<string> {
  say(`${times} cutovers of 300 relations beside readers`);
  const { house, driver, names, stamped } = await furnished(server, 300);
  const { user, password, host, port } = server;
  const reading: Reading = {
    url: `postgres://${user}:${password}@${host}:${port}/${house.database}`,
    schema,
    relations: names,
    readers: ['statement', 'prepared', 'transaction', 'transaction'],
  };
  const reader = start('../postgres/reader.ts', [JSON.stringify(reading)]);
  await message(reader);
  const values: number[] = [];
  for (let n = 2; values.length < times; n += 2) {
    const built = await driver.build(n, stamped(n));
    values.push(...(await timed(1, () => driver.publish(built))));
    values.push(...(await timed(1, () => driver.swapBack(n + 1, releaseOf(fence(1))))));
    await house.warehouse.remove(await house.warehouse.kept());
  }
  reader.send('stop');
  // Sent by the readers beside this bench.
  const got = (await message(reader)) as Got;
  await ended(reader);
  await house.dispose();
  if (got.errors.length > 0 || got.mixed > 0)
    throw new Error(`readers saw ${got.mixed} mixes and ${got.errors.length} errors: ${got.errors[0] ?? ''}`);
  return tableOf(`4 readers beside cutovers of 300 relations, ${got.queries} answers`, [
    { what: 'cutover or swap back', values },
    { what: 'slowest answer', values: [got.longestMs] },
  ]);
}
