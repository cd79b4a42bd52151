import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import pgpass from 'pgpass';
import { WarehouseError } from '../port.ts';
import { type Way, waysTo } from './encryption.ts';
import { isUnreached, sqlStateOf, toWarehouseError } from './errors.ts';
import { plainTypes } from './rows.ts';
import type { Settings } from './settings.ts';

/** A connection that is open. */
export interface Client {
  readonly pg: pg.Client;
  readonly pid: number;
  /** Whether the connection has broken: nothing can be asked of it any more. */
  broken(): boolean;
  /** Closes it, without waiting for a server that does not answer. */
  end(): void;
  /** When it is closed. */
  readonly closed: Promise<void>;
}

/**
 * Connects as dbt-postgres does: tried again after 0, 1, 4, ... seconds as often as the target says, each time in every
 * way that its sslmode allows. Throws WarehouseError, or the signal's reason.
 */
export async function connect(settings: Settings, name: string, signal?: AbortSignal): Promise<Client> {
  const ways = await waysTo(settings);
  for (let tried = 0; ; tried++) {
    try {
      return await connectInSomeWay(settings, name, ways, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const told = toWarehouseError(error);
      if (tried >= settings.retries || !isPassing(told)) throw told;
    }
    await pause(tried * tried * 1000, undefined, signal ? { signal } : {});
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof WarehouseError && (error.is === 'down' || error.is === 'busy');

async function connectInSomeWay(
  settings: Settings,
  name: string,
  ways: readonly [Way, ...Way[]],
  signal?: AbortSignal,
): Promise<Client> {
  const failures: unknown[] = [];
  for (const way of ways) {
    try {
      return await open(settings, name, way, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isUnreached(error)) throw error;
      failures.push(error);
    }
  }
  // Of several answers the telling one: that one way is not open to this user (28000) may only say why the other was tried.
  throw failures.find((error) => !['28000', null].includes(sqlStateOf(error))) ?? failures.at(-1);
}

async function open(settings: Settings, name: string, ssl: Way, signal?: AbortSignal): Promise<Client> {
  signal?.throwIfAborted();
  const socket = new Socket();
  const client = new pg.Client(configOf(settings, name, ssl, socket));
  let broken = false;
  // Without a listener, a connection that breaks between two statements would end the process.
  client.on('error', () => {
    broken = true;
  });
  const closed = new Promise<void>((done) => {
    client.on('end', () => {
      broken = true;
      done();
    });
  });
  const stop = () => socket.destroy();
  signal?.addEventListener('abort', stop);
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return { pg: client, pid: pidOf(client), broken: () => broken, end: () => void end(client, socket), closed };
}

function configOf(s: Settings, name: string, ssl: Way, socket: Socket): pg.ClientConfig {
  const { host, port, user, database } = s;
  return {
    host,
    port,
    user,
    database,
    ssl,
    sslnegotiation: 'postgres',
    password: s.password ?? (() => passwordOf(s)),
    application_name: name,
    client_encoding: 'UTF8',
    connectionTimeoutMillis: s.connectTimeoutMs,
    ...(s.keepAliveMs === 0 ? {} : { keepAlive: true, keepAliveInitialDelayMillis: s.keepAliveMs }),
    // As dbt-postgres sends it.
    ...(s.searchPath === null ? {} : { options: `-c search_path=${s.searchPath.replaceAll(' ', '\\ ')}` }),
    types: plainTypes,
    stream: () => socket,
  };
}

/** As `pg` would look it up by itself, which it means to stop. */
const passwordOf = ({ host, port, database, user }: Settings): Promise<string> =>
  // libpq finds the sockets of its own machine under this name (Postgres documentation, "The Password File").
  new Promise((found) => {
    pgpass({ host: host.startsWith('/') ? 'localhost' : host, port, database, user }, (password) =>
      found(password ?? ''),
    );
  });

function pidOf(client: pg.Client): number {
  // Sent by every server before it is ready; the types of `pg` leave it out.
  const { processID } = client as pg.Client & { readonly processID: number };
  return processID;
}

/** ms that a server gets to answer the goodbye. */
const GOODBYE_MS = 1000;

async function end(client: pg.Client, socket: Socket): Promise<void> {
  const late = setTimeout(() => socket.destroy(), GOODBYE_MS);
  await client.end().catch(() => socket.destroy());
  clearTimeout(late);
}
