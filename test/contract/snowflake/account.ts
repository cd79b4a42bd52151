import type { Output } from '../../../src/config/port.ts';
import { connectionOf } from '../../../src/warehouse/snowflake/login.ts';
import { settingsOf } from '../../../src/warehouse/snowflake/settings.ts';
import { type Client, openClient } from '../../warehouses/snowflake/client.ts';

/** Where houses stand: the test server, or the account of anybody's target. */
export interface Account {
  /** A target of profiles.yml, rendered; which database and schema it names is of no concern. */
  readonly profile: Output;
  /** What the names of the databases begin with that are made there. */
  readonly prefix?: string;
}

/** Somebody who logs in as the target does, and knows nothing of lastgreen. */
export async function openGuest({ profile }: Account): Promise<Client> {
  const settings = settingsOf({ ...profile, type: 'snowflake', database: 'NONE', schema: 'NONE' });
  const { database: _database, schema: _schema, ...login } = await connectionOf(settings, new AbortController().signal);
  return openClient(login);
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Everything whose name begins so. */
export async function drop(guest: Client, what: 'databases' | 'schemas', start: string, database?: string) {
  const inside = database === undefined ? '' : ` in database ${quoted(database)}`;
  const found = await guest.ask(`show ${what}${inside} starts with '${start}'`);
  for (const { name } of found) {
    const at = [...(database === undefined ? [] : [quoted(database)]), quoted(String(name))].join('.');
    await guest.ask(`drop ${what.slice(0, -1)} if exists ${at}`);
  }
  return found.length;
}
