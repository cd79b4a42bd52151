import type { Output } from '../../config/port.ts';
import { restingClients } from '../resting.ts';
import { type Client, connect } from './client.ts';
import { idOf, type Session, sessionOn } from './session.ts';
import { settingsOf } from './settings.ts';

export type { Session } from './session.ts';

/** Opens sessions on the account of one target; disposing closes them all. */
export interface Opener extends AsyncDisposable {
  /**
   * Runs on a session of its own, each statement of which has the QUERY_TAG of `tagOf`. What it leaves open (a
   * transaction, settings) ends with it. When the signal aborts, the running statement is canceled and the signal's
   * reason thrown, unless the act came to its end. Throws WarehouseError for what the server says.
   */
  with<T>(step: string, act: (session: Session) => Promise<T>, o?: WithOptions): Promise<T>;
}

export interface WithOptions {
  readonly signal?: AbortSignal;
  /** Such as `r42`: whose statements they are. */
  readonly release?: string;
}

export interface OpenerOptions {
  /** The rendered target, with secrets. */
  readonly output: Output;
  /** What the sessions are for: the environment. */
  readonly name: string;
  /** A session that rested for longer is asked whether the server still knows it, ms. */
  readonly trustMs?: number;
}

/** How statements are found in the query history; it keeps 2,000 characters (Snowflake documentation, "QUERY_TAG"). */
export const tagOf = (environment: string, step: string, release?: string): string =>
  JSON.stringify({ app: 'lastgreen', environment, ...(release === undefined ? {} : { release }), step }).slice(0, 2000);

/** How many sessions rest, and for how long (ms), until they are wanted again: a login takes most of a second. */
const RESTING = 4;
const REST_MS = 60_000;
/** As long as one statement waits for another inside of a step, where nobody asks either. */
const TRUST_MS = 5_000;

/** Nothing is connected yet. Throws PROFILE_INVALID. */
export function openerOf({ output, name, trustMs = TRUST_MS }: OpenerOptions): Opener {
  const settings = settingsOf(output);
  const taken = new Set<Client>();
  const leaving = new Set<Client>();
  /** Of those that rest: what the server calls them, and since when. */
  const known = new WeakMap<Client, { readonly id: string; readonly since: number }>();
  const end = (client: Client): void => {
    leaving.add(client);
    client.end();
    void client.closed.then(() => leaving.delete(client));
  };
  const resting = restingClients<Client>({ most: RESTING, ms: REST_MS, end, broken: end });

  const wake = async (tag: string, signal?: AbortSignal): Promise<{ client: Client; id: string }> => {
    for (let client = resting.take(); client !== null; client = resting.take()) {
      const rested = known.get(client);
      if (rested && performance.now() - rested.since < trustMs) return { client, id: rested.id };
      try {
        return { client, id: await idOf(client, tag, signal) };
      } catch {
        // The server has closed it meanwhile.
        end(client);
        signal?.throwIfAborted();
      }
    }
    const client = await connect(settings, signal);
    try {
      return { client, id: await idOf(client, tag, signal) };
    } catch (error) {
      end(client);
      throw error;
    }
  };

  return {
    async with(step, act, { signal, release } = {}) {
      signal?.throwIfAborted();
      const tag = tagOf(name, step, release);
      const { client, id } = await wake(tag, signal);
      taken.add(client);
      const { session, tidy } = sessionOn(client, id, tag, signal);
      try {
        return await act(session);
      } finally {
        // A cancellation may arrive late: nobody else may get it.
        const reusable = taken.delete(client) && tidy() && !signal?.aborted;
        if (reusable) {
          known.set(client, { id, since: performance.now() });
          resting.put(client);
        } else end(client);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const client of [...taken, ...resting.all()]) end(client);
      taken.clear();
      await Promise.all([...leaving].map(({ closed }) => closed));
    },
  };
}
