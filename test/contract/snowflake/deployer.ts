import { randomBytes } from 'node:crypto';
import { profileRules } from '../../../src/warehouse/snowflake/profile.ts';
import { statementsOf } from '../../../src/warehouse/snowflake/sql.ts';
import { openClient } from '../../warehouses/snowflake/client.ts';
import type { SnowflakeServer } from '../../warehouses/snowflake/server.ts';
import { Driver } from '../warehouse/house.ts';
import { SCHEMA, type SnowflakeHouse, snowflakeHouse } from './house.ts';

/** A house, and what tests do to it by hand. */
export interface Housed extends AsyncDisposable {
  readonly house: SnowflakeHouse;
  readonly driver: Driver;
  /** The one that releases run as; nobody else has it. */
  readonly role: string;
  /** Roles of nobody, for grants; each test has its own. */
  readonly reader: string;
  readonly loader: string;
  /** As ACCOUNTADMIN. */
  readonly admin: SnowflakeHouse['run'];
  /** By its name on live, quoted. */
  readonly live: (name: string) => string;
  readonly idle: (name: string) => string;
  /** The script that `init` prints, as an administrator runs it. */
  readonly allow: () => Promise<void>;
}

const named = (word: string): string => `${word}_${randomBytes(4).toString('hex').toUpperCase()}`;

/** A role that may nothing yet in a database where `by` has happened, as SYSADMIN. */
export async function housedFor(server: SnowflakeServer): Promise<Housed> {
  const client = await openClient({ ...server.connection, role: 'ACCOUNTADMIN' });
  const admin = async (...statements: readonly string[]) => {
    let rows: Awaited<ReturnType<SnowflakeHouse['run']>> = [];
    for (const sql of statements) rows = await client.ask(sql);
    return rows;
  };
  const [role, reader, loader] = [named('DEPLOY'), named('READER'), named('LOADER')];
  await admin(
    ...[role, reader, loader].map((one) => `create role ${one}`),
    `grant role ${role} to user ${server.user}`,
    `grant role ${reader} to user ${server.user}`,
  );
  const house = await snowflakeHouse(server, { output: { role } });
  const target = { ...server.profile, role, database: house.database, schema: `"${SCHEMA}"` };
  const at = (side: typeof house.live) => (name: string) => house.warehouse.quote(house.relation(side, name));
  return {
    house,
    driver: new Driver(house),
    role,
    reader,
    loader,
    admin,
    live: at(house.live),
    idle: at(house.idle),
    allow: async () => {
      await admin(...statementsOf((profileRules.rights?.(target) ?? '').replaceAll(/^--.*$/gm, '')));
    },
    [Symbol.asyncDispose]: async () => {
      await house.dispose();
      await client.close();
    },
  };
}
