import { WarehouseError } from '../port.ts';
import { classOf, classOfSdk, codeIn, DIVISION, isAsAWhole, TIMEOUT, WITHIN } from './codes.ts';
import { privilegeFor } from './privilege.ts';
import { failedStatement, type Script } from './script.ts';

type Is = WarehouseError['is'];

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
  return failure(classOfSdk(code), shortly(error.message), {}, new Failure(error.message, code, true));
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
  const said = textOf(error.code);
  const within = said === WITHIN ? codeIn(message) : null;
  const code = within ?? said;
  const what = failed?.sql ?? sql;
  const detail = {
    code,
    ...(typeof error.sqlState === 'string' && within === null ? { sqlState: error.sqlState } : {}),
    ...idOf(error.data),
    ...(failed === null ? {} : { statement: failed.index }),
  };
  const cause = new Failure(message, code, true);
  if (code === DIVISION && failed?.guards) return failure(failed.guards, guarded[failed.guards], detail, cause);
  if (script !== undefined && failed === null && !isAsAWhole(code)) return failure('unknown', message, detail, cause);
  const is = code === TIMEOUT && limited ? 'busy' : classOf(code);
  return is === 'denied' && code === '003001'
    ? failure(is, message, { ...detail, ...lacking(message, what) }, cause)
    : failure(is, message, detail, cause);
}

const guarded = {
  fenced: 'another release has claimed the environment since',
  drifted: 'what is live is not what was looked at',
} as const;

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
