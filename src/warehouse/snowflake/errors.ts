import { WarehouseError } from '../port.ts';
import { privilegeFor } from './privilege.ts';
import { failedStatement, type Script } from './script.ts';

type Is = WarehouseError['is'];

/** Division by zero: also how lastgreen's own guards inside a request say no. */
const DIVISION = '100051';
/** The statement took longer than it was allowed to. */
const TIMEOUT = '000630';
/** Somebody canceled it. */
export const CANCELED = '000604';

/**
 * What an error of the server means for the engine, by its number; the longest beginning wins. Snowflake's documentation
 * has no list; these are what its drivers know (snowflake-sdk 3.3, constants/gs_errors.js; snowflake-connector-python,
 * network.py) and what the server says.
 */
const codes: Readonly<Record<string, Is>> = {
  '002003': 'missing',
  '002043': 'missing',
  '003001': 'denied',
  // More statements wait for a lock than may.
  '000625': 'busy',
  // Everything about logging in: passwords, keys, tokens, roles that are not granted, networks that are not let in.
  '39': 'denied',
  // The session, or the token that it goes by, is gone: another session helps.
  '390104': 'down',
  '390110': 'down',
  '390111': 'down',
  '390112': 'down',
  '390113': 'down',
  '390114': 'down',
  '390115': 'down',
};

/** What a request of several statements tells by its words alone. */
const sayings: readonly (readonly [RegExp, string])[] = [
  [/does not exist or not authorized/, '002003'],
  [/does not exist, or operation cannot be performed/, '002043'],
  [/Insufficient privileges/, '003001'],
  [/^Division by zero/, DIVISION],
  [/reached its statement or warehouse timeout/, TIMEOUT],
  [/SQL execution canceled/, CANCELED],
  [/number of waiters for this lock exceeds/, '000625'],
];

/** The SDK's own errors, by its numbers (snowflake-sdk 3.3, error_code.js). */
const ofTheSdk: Readonly<Record<string, Is>> = {
  // No connection; an answer that says nothing; a token that is not accepted any more; a result that cannot be fetched.
  401001: 'down',
  401003: 'down',
  401004: 'down',
  402001: 'down',
  402002: 'down',
  // The session ended before, or with this statement.
  405503: 'down',
  407001: 'down',
  407002: 'down',
};

/** What is kept of an error of the SDK: what it answered may hold secrets. */
class Failure extends Error {
  readonly code: string | null;
  /** Whether the server may have got what was asked. */
  readonly sent: boolean;

  constructor(message: string, code: string | null, sent: boolean) {
    super(message);
    this.name = 'SnowflakeError';
    this.code = code;
    this.sent = sent;
  }
}

/** What was asked, for saying what is wrong with it. */
export interface Asked {
  readonly sql?: string;
  readonly script?: Script;
  /** Whether lastgreen itself limited how long it may take. */
  readonly limited?: boolean;
  /** What must not be told, wherever it comes from. */
  readonly secrets?: readonly string[];
}

/**
 * What an adapter may throw, from what the SDK threw. Anything that the SDK does not throw is a bug and comes back as it
 * is. Division by zero is `fenced` or `drifted` only where a guard of the script raised it; a script that ended without a
 * word of how far it came is `unknown`.
 */
export function toWarehouseError(error: unknown, asked: Asked = {}): unknown {
  if (error instanceof WarehouseError || !(error instanceof Error) || !isOfTheSdk(error)) return error;
  error.message = without(asked.secrets ?? [], error.message);
  if (error.name === 'OperationFailedError') return ofTheServer(error, asked);
  if (error.name === 'RequestFailedError') return ofHttp(error);
  if (error.name === 'NetworkError') return ofTheWay(error);
  const code = textOf(error.code);
  return failure(ofTheSdk[code] ?? 'refused', shortly(error.message), {}, new Failure(error.message, code, true));
}

/** A value as short as this would be found everywhere by chance, and protects nothing. */
const SHORTEST = 4;

const without = (secrets: readonly string[], message: string): string =>
  secrets
    .filter(({ length }) => length >= SHORTEST)
    .reduce((rest, secret) => rest.replaceAll(secret, '*****'), message);

/** The number of what the server said, such as `002003`, also inside the class that adapters throw; null for anything else. */
export function codeOf(error: unknown): string | null {
  const from = error instanceof WarehouseError ? error.cause : error;
  return from instanceof Failure ? from.code : null;
}

/** Whether nobody knows what became of it: the answer was lost after it was sent, so it may have been done. */
export const isLost = (error: unknown): boolean =>
  error instanceof WarehouseError && error.is === 'down' && error.cause instanceof Failure && error.cause.sent;

/** Runs, and turns what the SDK throws into the one class that adapters throw. */
export async function speaking<T>(attempt: () => Promise<T>, asked?: Asked): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw toWarehouseError(error, asked);
  }
}

export const refused = (message: string, detail: Readonly<Record<string, unknown>> = {}): WarehouseError =>
  new WarehouseError('refused', message, detail);

interface SdkError extends Error {
  readonly code?: unknown;
  readonly sqlState?: unknown;
  readonly data?: unknown;
  readonly response?: unknown;
}

/** The names that its errors have (snowflake-sdk 3.3, errors.js); axios' own reach nobody. */
const isOfTheSdk = (error: Error): error is SdkError =>
  /^(MissingParameter|InvalidParameter|Network|RequestFailed|UnexpectedContent|OperationFailed|LargeResultSet|Client|OCSP|CRL)Error$/.test(
    error.name,
  );

function ofTheServer(error: SdkError, { sql, script, limited = false }: Asked): WarehouseError {
  const failed = script === undefined ? null : failedStatement(error.message, script);
  const message = shortly(failed?.message ?? error.message);
  const code = (failed === null ? null : codeIn(message)) ?? textOf(error.code);
  const what = failed?.sql ?? sql;
  const detail = {
    code,
    ...(typeof error.sqlState === 'string' && failed === null ? { sqlState: error.sqlState } : {}),
    ...idOf(error.data),
    ...(failed === null ? {} : { statement: failed.index }),
  };
  const cause = new Failure(message, code, true);
  if (code === DIVISION && failed?.guards) return failure(failed.guards, guarded[failed.guards], detail, cause);
  if (script !== undefined && failed === null && !AS_A_WHOLE.test(code))
    return failure('unknown', message, detail, cause);
  const is = code === TIMEOUT && limited ? 'busy' : classOf(code);
  return is === 'denied' && code === '003001'
    ? failure(is, message, { ...detail, ...lacking(message, what) }, cause)
    : failure(is, message, detail, cause);
}

/**
 * What a request of several statements is refused for before the first is run: their count, a text that cannot be read,
 * a login. Whatever else names no statement, such as that somebody canceled it, may have come after some of them.
 */
const AS_A_WHOLE = /^(000008|001003|39\d+)$/;

const guarded = {
  fenced: 'another release has claimed the environment since',
  drifted: 'what is live is not what was looked at',
} as const;

const classOf = (code: string): Is => codes[code] ?? codes[code.slice(0, 2)] ?? 'refused';

const codeIn = (message: string): string | null => sayings.find(([pattern]) => pattern.test(message))?.[1] ?? null;

/** `Insufficient privileges to operate on schema 'SHOP'`: on what is said, and which by what was to be done. */
function lacking(message: string, sql: string | undefined): Readonly<Record<string, string>> {
  const on = /operate on ([a-z_ -]+ '[^']*')/i.exec(message)?.[1];
  const privilege = sql === undefined ? null : privilegeFor(sql);
  return { ...(on === undefined ? {} : { on }), ...(privilege === null ? {} : { privilege }) };
}

function ofHttp(error: SdkError): WarehouseError {
  const status = statusOf(error.response);
  const again = status === null || status >= 500 || status === 408 || status === 429;
  const message = `the server answered with HTTP ${status ?? 'nothing'}`;
  // A wrong account has no server of its own, and answers 403 or 404.
  return failure(again ? 'down' : 'denied', message, {}, new Failure(message, String(status), again));
}

/** Nothing can have been sent where there was no connection. */
const UNREACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EACCES|EPERM)$/;

/** OpenSSL's names of what is wrong with a certificate, and Node's own (Node documentation, "X509 certificate error codes"). */
const TLS =
  /^(ERR_(SSL|TLS|OSSL)_|(DEPTH_ZERO_)?SELF_SIGNED_|UNABLE_TO_|CERT_|CRL_|HOSTNAME_MISMATCH|INVALID_)|^(390|4)\d+$/;

function ofTheWay(error: SdkError): WarehouseError {
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause ? textOf(cause.code) : '';
  const certificate = TLS.test(code);
  const sent = !(certificate || UNREACHED.test(code) || isConnecting(cause.cause));
  const message = shortly(error.message) || code;
  const is = certificate || code === 'EACCES' || code === 'EPERM' ? 'denied' : 'down';
  return failure(is, message, {}, new Failure(message, code, sent));
}

const isConnecting = (cause: unknown): boolean =>
  cause instanceof Error && 'syscall' in cause && (cause.syscall === 'connect' || cause.syscall === 'getaddrinfo');

const failure = (is: Is, message: string, detail: Readonly<Record<string, unknown>>, cause: Failure): WarehouseError =>
  new WarehouseError(is, message, detail, { cause });

/** On one line, without the rows that some errors quote (dbt-snowflake takes them out of its log too). */
const shortly = (message: string): string =>
  message
    .replaceAll(/Row Values: \[[^\]]*\]/g, 'Row Values: [...]')
    .replaceAll(/Duplicate field key '[^']*'/g, "Duplicate field key '...'")
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();

const idOf = (data: unknown): { readonly queryId?: string } =>
  typeof data === 'object' && data !== null && 'queryId' in data && typeof data.queryId === 'string'
    ? { queryId: data.queryId }
    : {};

const statusOf = (response: unknown): number | null =>
  typeof response === 'object' && response !== null && 'status' in response && typeof response.status === 'number'
    ? response.status
    : null;

const textOf = (code: unknown): string => (typeof code === 'string' || typeof code === 'number' ? String(code) : '');
