import { BigQuery } from '@google-cloud/bigquery';
import pRetry from 'p-retry';
import { isAskedTooOften, isLost, mayPass, reasonOf, toWarehouseError } from './errors.ts';
import { loginTo } from './login.ts';
import { type Settings, secretsOf } from './settings.ts';

/** One request to the API (BigQuery documentation, "BigQuery API"). */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** After `/projects/<project>`, such as `/datasets/shop/tables/orders`; or a whole address. */
  readonly path: string;
  /** Without it: whose jobs they are. */
  readonly project?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** The etag that the resource must still have; else it is refused and nothing is changed. */
  readonly ifMatch?: string;
  /** Also after its answer was lost: it changes nothing, or the same when it is done twice. */
  readonly repeatable?: boolean;
  /** Never again, whatever becomes of it. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One pause before a request is repeated. */
export interface Wait {
  /** `PATCH /datasets/shop/tables/orders`. */
  readonly what: string;
  readonly reason: string;
  readonly ms: number;
}

export interface Client {
  /** Where jobs are run. */
  readonly project: string;
  /** null: Google's own. */
  readonly endpoint: string | null;
  /**
   * The body of the answer. What the server did not do is asked again for a while. Throws WarehouseError, or the reason of an
   * aborted signal.
   */
  call(request: Call): Promise<unknown>;
}

/** Between tries, ms, doubled each time with some chance in it, so that many do not come back at once; and altogether where the target does not say it. */
const FIRST_MS = 500;
const MOST_TRIES = 20;
const LONGEST_MS = 32_000;
const ALTOGETHER_MS = 5 * 60_000;
/** For as long no answer may come; results are waited for in shorter pieces. */
const SILENT_MS = 100_000;
/** How often an answer may be lost on the way. */
const LOST_TRIES = 5;

export interface ClientOptions {
  readonly settings: Settings;
  readonly waits?: ((wait: Wait) => void) | undefined;
}

/** Logs in when it is first asked. */
export function clientFor({ settings, waits = () => {} }: ClientOptions): Client {
  const secrets = secretsOf(settings.login);
  let opened: Promise<BigQuery> | null = null;
  const open = (): Promise<BigQuery> =>
    (opened ??= connect(settings).catch((error: unknown) => {
      opened = null;
      throw error;
    }));
  const once = async (request: Call): Promise<unknown> => {
    try {
      return await send(await open(), settings, request);
    } catch (error) {
      throw hiding(secrets, toWarehouseError(error));
    }
  };
  return {
    project: settings.executionProject,
    endpoint: settings.endpoint,
    call: (request) =>
      pRetry(() => unlessAborted(once(request), request.signal), {
        retries: request.once ? 0 : MOST_TRIES,
        minTimeout: FIRST_MS,
        maxTimeout: LONGEST_MS,
        maxRetryTime: settings.retryMs ?? ALTOGETHER_MS,
        randomize: true,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        shouldRetry({ error, attemptNumber, retryDelay }) {
          if (!isWorthRepeating(error, request, attemptNumber)) return false;
          const what = `${request.method ?? 'GET'} ${request.path}`;
          waits({ what, reason: reasonOf(error) ?? 'no answer', ms: Math.round(retryDelay) });
          return true;
        },
      }),
  };
}

function isWorthRepeating(error: unknown, request: Call, tried: number): boolean {
  if (isAskedTooOften(error)) return true;
  if (!mayPass(error) || tried > LOST_TRIES) return false;
  return !isLost(error) || request.method === undefined || request.method === 'GET' || request.repeatable === true;
}

async function connect(settings: Settings): Promise<BigQuery> {
  const bigquery = new BigQuery({
    projectId: settings.executionProject,
    authClient: await loginTo(settings),
    ...(settings.endpoint === null ? {} : { apiEndpoint: settings.endpoint }),
    autoRetry: false,
    userAgent: 'lastgreen',
  });
  // No option, but what each of its requests is given.
  bigquery.timeout = SILENT_MS;
  return bigquery;
}

const send = (bigquery: BigQuery, settings: Settings, request: Call): Promise<unknown> =>
  new Promise((resolve, reject) => {
    bigquery.request(
      {
        method: request.method ?? 'GET',
        uri: request.path,
        projectId: request.project ?? settings.executionProject,
        ...(request.query === undefined ? {} : { qs: request.query }),
        ...(request.body === undefined ? {} : { json: request.body }),
        headers: {
          ...(request.ifMatch === undefined ? {} : { 'If-Match': request.ifMatch }),
          ...(settings.quotaProject === null ? {} : { 'x-goog-user-project': settings.quotaProject }),
        },
      },
      (error, body: unknown) => (error ? reject(error) : resolve(body)),
    );
  });

/** The request itself goes on: what becomes of it is looked at afterwards. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => {});
  }
}

/** A value as short as this would be found everywhere by chance, and protects nothing. */
const SHORTEST = 4;

function hiding(secrets: readonly string[], error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  for (const secret of secrets.filter(({ length }) => length >= SHORTEST))
    error.message = error.message.replaceAll(secret, '*****');
  return error;
}
