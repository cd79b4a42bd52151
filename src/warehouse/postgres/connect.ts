import pg from 'pg';
import type { Output } from '../../config/port.ts';
import { restingClients } from '../resting.ts';
import { applicationName } from './application-name.ts';
import { cancelOnAbort } from './cancel.ts';
import { type Client, connect } from './client.ts';
import { speaking } from './errors.ts';
import { type Session, sessionOn } from './session.ts';
import { type Settings, settingsOf } from './settings.ts';

export type { Session } from './session.ts';

/** Opens sessions on the server of one target; disposing closes them all. */
export interface Opener extends AsyncDisposable {
  /**
   * Runs on a session of its own, whose application_name is `lastgreen <purpose>: <name>`. What it leaves open (a
   * transaction, settings, locks) ends with it. When the signal aborts, the running statement is cancelled and the
   * signal's reason thrown, unless the act came to its end. Throws WarehouseError for what the server says.
   */
  with<T>(purpose: string, act: (session: Session) => Promise<T>, o?: { readonly signal?: AbortSignal }): Promise<T>;
}

export interface OpenerOptions {
  /** The rendered target, with secrets. */
  readonly output: Output;
  /** What the sessions are for, such as the environment. */
  readonly name: string;
  /** libpq's PG... variables; the process's environment when left out. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** Its purpose first: that is what others look for, and a long name is cut off. */
export const sessionName = (name: string, purpose: string): string => applicationName(`lastgreen ${purpose}: ${name}`);

/** How many connections rest, and for how long (ms), until they are wanted again. */
const RESTING = 4;
const REST_MS = 20_000;

/** Nothing is connected yet. Throws PROFILE_INVALID. */
export function openerOf({ output, name, variables = process.env }: OpenerOptions): Opener {
  const settings = settingsOf(output, variables);
  const resting = restingClients<Client>({ most: RESTING, ms: REST_MS, end: (client) => client.end() });
  const taken = new Set<Client>();

  const wake = async (called: string, signal?: AbortSignal): Promise<Client> => {
    for (let client = resting.take(); client !== null; client = resting.take()) {
      try {
        await client.pg.query(settingUp(settings, called));
        return client;
      } catch {
        // The server has closed it meanwhile.
        client.end();
      }
    }
    const client = await connect(settings, called, signal);
    try {
      await speaking(() => client.pg.query(settingUp(settings, called)));
      return client;
    } catch (error) {
      client.end();
      throw error;
    }
  };

  return {
    async with(purpose, act, { signal } = {}) {
      signal?.throwIfAborted();
      const client = await wake(sessionName(name, purpose), signal);
      taken.add(client);
      const cancelling = cancelOnAbort(settings, client, signal);
      const { session, tidy } = sessionOn(client, signal);
      try {
        signal?.throwIfAborted();
        return await act(session);
      } finally {
        await cancelling.settled();
        // A cancellation may arrive late: nobody else may get it.
        const reusable = taken.delete(client) && tidy() && !signal?.aborted;
        if (reusable) resting.put(client);
        else client.end();
      }
    },
    async [Symbol.asyncDispose]() {
      const open = [...taken, ...resting.all()];
      taken.clear();
      for (const client of open) client.end();
      await Promise.all(open.map(({ closed }) => closed));
    },
  };
}

/** What a session starts with, also one that rested: nothing of the one before, and answers that everybody reads alike. */
const settingUp = ({ role }: Settings, called: string): string =>
  [
    'RESET ROLE',
    'RESET ALL',
    'SELECT pg_advisory_unlock_all()',
    'DISCARD TEMP',
    `SET application_name = ${pg.escapeLiteral(called)}`,
    "SET client_encoding = 'UTF8'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET TimeZone = 'UTC'",
    "SET bytea_output = 'hex'",
    'SET extra_float_digits = 1',
    'SET statement_timeout = 0',
    // What was answered must outlive a crash of the server (PostgreSQL documentation, "Asynchronous Commit").
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    // As dbt-postgres writes it, unquoted.
    ...(role === null ? [] : [`SET ROLE ${role}`]),
  ].join('; ');
