import { type PostgresHouse, postgresHouse } from '../../contract/postgres/house.ts';
import { Driver } from '../../contract/warehouse/house.ts';
import type { PostgresServer } from '../../warehouses/postgres/server.ts';

/** A house with tables of release 1 live, each with the number of its release in it. */
export async function furnished(server: PostgresServer, size: number) {
  const house = await postgresHouse(server, { patience: { deadlineMs: 60_000 } });
  // All is built anew.
  const driver = new Driver({
    ...house,
    prepare: (catalog) => house.prepare(catalog).filter(({ do: what }) => what !== 'copy'),
  });
  const names = Array.from({ length: size }, (_, n) => `table ${n}`);
  const stamped = (n: number) => (side: PostgresHouse['live']) => [
    // In one text, which is one round trip.
    names.map((name) => `create table ${driver.relation(side, name)} as select ${n} as release`).join(';'),
  ];
  await driver.deploy(1, stamped(1));
  return { house, driver, names, stamped };
}
