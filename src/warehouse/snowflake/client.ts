import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'snowflake-sdk';
import { WarehouseError } from '../port.ts';
import { secretsOf } from './authenticator.ts';
import { CANCELED } from './codes.ts';
import { codeOf, isLost, toWarehouseError } from './errors.ts';
import { connectionOf } from './login.ts';
import { type Answered, answerTo, type Request } from './request.ts';
import { calling, sdk } from './sdk.ts';
import type { Settings } from './settings.ts';

/** A session on the server, as the SDK has it. */
export interface Client {
  /** Sends a request once. Throws WarehouseError, or the reason of an aborted signal, whose request is canceled. */
  ask(request: Request, signal?: AbortSignal): Promise<Answered>;
  /** Whether it is known to be gone. */
  broken(): boolean;
  /** Says goodbye; what still runs ends, but for a script whose answer was lost. */
  end(): void;
  readonly closed: Promise<void>;
}

/**
 * Connects as the target says it. Throws WarehouseError, or the reason of an aborted signal. A browser or a second factor
 * may make it wait for a person.
 */
export async function connect(settings: Settings, signal?: AbortSignal): Promise<Client> {
  for (let tried = 0; ; tried++) {
    try {
      return await open(settings, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const again = error instanceof WarehouseError && (error.is === 'down' || settings.retryAll);
      if (!again || tried >= settings.retries) throw error;
    }
    // As dbt-snowflake waits.
    await pause(settings.pauseMs ?? tried * tried * 1000, undefined, signal ? { signal } : {}).catch((error) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

async function open(settings: Settings, signal?: AbortSignal): Promise<Client> {
  signal?.throwIfAborted();
  const cutting = new AbortController();
  const cut = () => cutting.abort();
  signal?.addEventListener('abort', cut);
  try {
    const options = await connectionOf(settings, cutting.signal);
    const secrets = secretsOf(settings.login);
    const connection = await loggingIn(secrets, () =>
      calling(
        { cut: cutting.signal },
        () =>
          new Promise<Connection>((connected, failed) => {
            const snowflake = sdk();
            snowflake.configure({ disableOCSPChecks: settings.insecure });
            snowflake.createConnection(options).connect((error, found) => (error ? failed(error) : connected(found)));
          }),
      ),
    );
    return clientOn(connection, cutting, secrets);
  } finally {
    signal?.removeEventListener('abort', cut);
  }
}

/** What the SDK throws of a browser, a key or an identity provider has no name: nobody is let in by trying again. */
async function loggingIn<T>(secrets: readonly string[], attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    const found = toWarehouseError(error, { secrets });
    throw found instanceof Error && found.name === 'Error' ? new WarehouseError('denied', found.message) : found;
  }
}

/** ms that a server gets to answer the goodbye. */
const GOODBYE_MS = 1000;

function clientOn(connection: Connection, cutting: AbortController, secrets: readonly string[]): Client {
  let broken = false;
  let leaving = false;
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const cut = () => {
    broken = true;
    cutting.abort();
  };
  return {
    broken: () => broken || !connection.isUp(),
    closed,
    async ask(request, signal) {
      signal?.throwIfAborted();
      try {
        return await answerTo({ connection, cutting, cut, signal, secrets }, request);
      } catch (error) {
        if (isLost(error)) {
          broken = true;
          leaving ||= request.wants === 'none';
        }
        if (signal?.aborted && (codeOf(error) === CANCELED || broken)) throw signal.reason;
        throw error;
      }
    },
    end() {
      broken = true;
      // A goodbye would end what runs in the session (Snowflake documentation, "ABORT_DETACHED_QUERY"): half a cutover.
      if (leaving) cut();
      const late = setTimeout(cut, GOODBYE_MS);
      calling({ cut: cutting.signal }, () =>
        connection.destroy(() => {
          clearTimeout(late);
          cut();
          close();
        }),
      );
    },
  };
}
