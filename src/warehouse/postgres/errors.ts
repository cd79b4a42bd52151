import { WarehouseError } from '../port.ts';

type Is = WarehouseError['is'];

/**
 * What a SQLSTATE means for the engine; the longest beginning wins (Postgres documentation, "PostgreSQL Error Codes").
 * LG: raised by lastgreen's own guards inside a statement.
 */
const states: Readonly<Record<string, Is>> = {
  LG001: 'fenced',
  LG002: 'drifted',
  LG003: 'refused',
  '08': 'down',
  '28': 'denied',
  '3D000': 'missing',
  '3F000': 'missing',
  '40001': 'busy',
  '40P01': 'busy',
  '42501': 'denied',
  '42704': 'missing',
  '42883': 'missing',
  '42P01': 'missing',
  // Nothing was done, and nothing changes by itself: told at once instead of tried again.
  '53100': 'refused',
  '53300': 'busy',
  '55006': 'busy',
  '55P03': 'busy',
  '57P01': 'down',
  '57P02': 'down',
  '57P03': 'down',
  '57P05': 'down',
  '25P03': 'down',
};

/** What the system says of the way to the server. */
const errnos: Readonly<Record<string, Is>> = {
  ECONNREFUSED: 'down',
  ECONNRESET: 'down',
  ENOTFOUND: 'down',
  ETIMEDOUT: 'down',
  EAI_AGAIN: 'down',
  EPIPE: 'down',
  EHOSTUNREACH: 'down',
  ENETUNREACH: 'down',
  EACCES: 'denied',
  EPERM: 'denied',
};

/** `pg` and Node tell these by their messages alone. */
const sayings: readonly (readonly [RegExp, Is])[] = [
  [/^Connection terminated|^timeout expired$|connection error and is not queryable|was closed and is not/, 'down'],
  [/^Client network socket disconnected/, 'down'],
  [/^The server does not support SSL|establishing an SSL connection/, 'denied'],
  [/^SASL/, 'denied'],
];

/**
 * What an adapter may throw, from what `pg`, the server or the way to it threw. Anything that none of them throws is a
 * bug and comes back as it is.
 */
export function toWarehouseError(error: unknown): unknown {
  if (error instanceof WarehouseError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (isFromServer(error) && code !== undefined) return fromServer(error, code);
  if (code !== undefined && ('syscall' in error || error instanceof AggregateError)) {
    const path = 'path' in error ? { file: error.path } : {};
    return new WarehouseError(errnos[code] ?? 'down', messageOf(error), path, { cause: error });
  }
  // A certificate that was not accepted: no later try is better.
  if (code !== undefined && TLS.test(code)) return new WarehouseError('denied', error.message, {}, { cause: error });
  const said = sayings.find(([pattern]) => pattern.test(error.message));
  return said ? new WarehouseError(said[1], missingPassword(error.message), {}, { cause: error }) : error;
}

/** OpenSSL's names of what is wrong with a certificate, and Node's own (Node documentation, "X509 certificate error codes"). */
const TLS = /^(ERR_(SSL|TLS|OSSL)_|(DEPTH_ZERO_)?SELF_SIGNED_|UNABLE_TO_|CERT_|CRL_|HOSTNAME_MISMATCH|INVALID_)/;

/** The SQLSTATE of what a server said, also inside the class that adapters throw; null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  const from = error instanceof WarehouseError ? error.cause : error;
  return from instanceof Error && isFromServer(from) ? (codeOf(from) ?? null) : null;
}

/** Whether the session ended with it, so that what was sent last may have been done. */
export const isLost = (error: unknown): boolean =>
  error instanceof WarehouseError &&
  error.is === 'down' &&
  !/^(08001|08004|57P03)$/.test(sqlStateOf(error) ?? '') &&
  !isUnreached(error.cause);

/** The server was not even reached: nothing was sent, and another way to talk to it helps nothing. */
export const isUnreached = (error: unknown): boolean =>
  error instanceof Error &&
  (error instanceof AggregateError ||
    error.message === 'timeout expired' ||
    ('syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')));

interface ServerError extends Error {
  readonly severity: string;
  readonly detail?: string;
  readonly hint?: string;
}

const isFromServer = (error: Error): error is ServerError =>
  'severity' in error && typeof error.severity === 'string' && /^[0-9A-Z]{5}$/.test(codeOf(error) ?? '');

function fromServer(error: ServerError, state: string): WarehouseError {
  const is = states[state] ?? states[state.slice(0, 2)] ?? 'refused';
  const detail = state.startsWith('LG') ? guardDetail(error.detail) : explained(error);
  return new WarehouseError(is, error.message, { ...detail, sqlState: state }, { cause: error });
}

/** Our own guards put a JSON object into DETAIL. */
function guardDetail(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? { ...found } : { detail: found };
  } catch {
    return { detail: text };
  }
}

const explained = ({ detail, hint }: ServerError): Readonly<Record<string, unknown>> => ({
  ...(detail === undefined ? {} : { detail }),
  ...(hint === undefined ? {} : { hint }),
});

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Where a name has several addresses, Node tells one error for each, in an error without words. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError) || error.message !== '') return error.message;
  return [...new Set(error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))))].join(
    '; ',
  );
}

/** What `pg` says when the server asks for a password and there is none speaks of its protocol. */
const missingPassword = (message: string): string =>
  /password must be a (non-empty )?string/.test(message)
    ? 'the server asks for a password, and neither the target nor ~/.pgpass has one'
    : message;

/** Runs, and turns what the server and the way to it throw into the one class that adapters throw. */
export async function speaking<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw toWarehouseError(error);
  }
}

export const refused = (message: string, detail: Readonly<Record<string, unknown>> = {}): WarehouseError =>
  new WarehouseError('refused', message, detail);

export const drifted = (message: string, detail: Readonly<Record<string, unknown>>): WarehouseError =>
  new WarehouseError('drifted', message, detail);
