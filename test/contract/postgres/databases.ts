import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PostgresServer } from '../../warehouses/postgres/server.ts';

/** Making a database takes a server longer than most tests do: one that was emptied is taken again. */
const emptied = new WeakMap<PostgresServer, string[]>();

/** An empty database that nobody else uses. */
export async function takeDatabase(server: PostgresServer): Promise<string> {
  const again = emptied.get(server)?.pop();
  if (again !== undefined) return again;
  const database = `house_${randomUUID().replaceAll('-', '')}`;
  await server.createDatabase(database);
  return database;
}

/** Ends whoever is still connected. */
export async function giveBackDatabase(server: PostgresServer, database: string): Promise<void> {
  const inside = await server.client(database);
  try {
    await inside.query(EMPTY);
    emptied.set(server, [...(emptied.get(server) ?? []), database]);
    await inside.end();
  } catch {
    // Too much is in it for one transaction.
    const outside = await server.client();
    await inside.end();
    await outside.query(`drop database ${pg.escapeIdentifier(database)} with (force)`);
    await outside.end();
  }
}

const EMPTY = `do $$
declare one name;
begin
  perform pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
  for one in select pubname from pg_publication loop execute format('drop publication %I', one); end loop;
  for one in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute format('drop schema %I cascade', one);
  end loop;
  create schema public;
end $$`;
