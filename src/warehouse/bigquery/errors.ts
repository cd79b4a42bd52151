import { z } from 'zod';
import { WarehouseError } from '../port.ts';
import { classOf, isAgain, isTemporary } from './reasons.ts';

/** What is kept of an error of the client: what it was asked and answered may hold secrets. */
class Failure extends Error {
  /** Of the API, such as `notFound`; or of Node, such as `ECONNRESET`. */
  readonly reason: string;
  readonly status: number | null;
  /** The server may have done what was asked. */
  readonly lost: boolean;

  constructor(message: string, reason: string, status: number | null, lost: boolean) {
    super(message);
    this.name = 'BigqueryError';
    this.reason = reason;
    this.status = status;
    this.lost = lost;
  }
}

/** BigQuery documentation, "Error messages": an HTTP status and a list, of which the first says it. */
const apiError = z.object({
  code: z.union([z.number(), z.string()]).nullish(),
  errors: z.array(z.object({ reason: z.string().nullish(), message: z.string().nullish() })).nullish(),
});

/** The error of a job that failed: `status.errorResult`. */
export interface JobError {
  readonly reason: string;
  readonly message: string;
}

/** What an adapter may throw, from what the client threw. Anything else is a bug and comes back as it is. */
export function toWarehouseError(error: unknown): unknown {
  if (error instanceof WarehouseError || !(error instanceof Error)) return error;
  // A signal's own reasons have codes, too.
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return error;
  const parsed = apiError.safeParse(error);
  const { code, errors } = parsed.success ? parsed.data : { code: null, errors: null };
  const [first] = errors ?? [];
  const status = typeof code === 'number' ? code : null;
  if (status !== null) {
    const message = first?.message ?? error.message;
    return ofReason(first?.reason ?? '', shortly(message), status);
  }
  if (error.name === 'GaxiosError' || /default credentials|invalid_grant|unauthorized_client/.test(error.message))
    return ofLogin(error, code);
  if (typeof code === 'string') return ofTheWay(code, shortly(error.message));
  return error;
}

/** What a failed job says, by its reason. */
export const ofJob = ({ reason, message }: JobError, jobId: string): WarehouseError =>
  ofReason(reason, shortly(message), null, { jobId });

function ofReason(
  reason: string,
  message: string,
  status: number | null,
  more: Readonly<Record<string, unknown>> = {},
): WarehouseError {
  const is = classOf(reason, status);
  const detail = {
    ...more,
    reason: reason === '' ? String(status) : reason,
    ...(is === 'denied' ? lacking(message) : {}),
  };
  // A server that is out of order may have begun.
  const lost = is === 'down' && more['jobId'] === undefined;
  return new WarehouseError(is, message, detail, { cause: new Failure(message, reason, status, lost) });
}

/** `Access Denied: Table p:d.t: Permission bigquery.tables.get denied on table p:d.t (or it may not exist).` */
function lacking(message: string): Readonly<Record<string, string>> {
  const permission = /\b(bigquery\.\w+\.\w+|[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+) (?:denied|permission)/.exec(message)?.[1];
  const has = /does not have ([a-z]+\.[\w.]+) permission/.exec(message)?.[1];
  const on =
    /^Access Denied: ((?:Dataset|Table|Project|Routine|View|Job|Row access policy) [^\s:]+(?::[^\s:]+)?)/i.exec(
      message,
    )?.[1];
  const privilege = has ?? permission;
  return { ...(privilege === undefined ? {} : { privilege }), ...(on === undefined ? {} : { on }) };
}

/** What an identity provider says is told without what was sent to it. */
function ofLogin(error: Error, code: unknown): WarehouseError {
  const down = typeof code === 'string' && isOfTheWay(code);
  const message = shortly(error.message);
  const cause = new Failure(message, typeof code === 'string' ? code : 'login', null, false);
  return new WarehouseError(down ? 'down' : 'denied', message, {}, { cause });
}

/** Nothing can have been sent where there was no connection. */
const UNREACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
const ON_THE_WAY = /^(ECONNRESET|ETIMEDOUT|ESOCKETTIMEDOUT|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/;

const isOfTheWay = (code: string): boolean => UNREACHED.test(code) || ON_THE_WAY.test(code);

function ofTheWay(code: string, message: string): WarehouseError {
  const is = isOfTheWay(code) ? 'down' : 'denied';
  const cause = new Failure(message, code, null, ON_THE_WAY.test(code));
  return new WarehouseError(is, message === '' ? code : message, { reason: code }, { cause });
}

const failureOf = (error: unknown): Failure | null => {
  const from = error instanceof WarehouseError ? error.cause : error;
  return from instanceof Failure ? from : null;
};

/** What the API called it, such as `duplicate`; null for anything else than its errors. */
export const reasonOf = (error: unknown): string | null => failureOf(error)?.reason ?? null;

/** Whether nobody knows what became of it: the answer was lost after it was sent, so it may have been done. */
export const isLost = (error: unknown): boolean => failureOf(error)?.lost ?? false;

/** Whether the server said that it did nothing, and that it is to be asked again later. */
export const isAskedTooOften = (error: unknown): boolean => isAgain(failureOf(error)?.reason ?? '');

/** Whether asking again may help at all. */
export const mayPass = (error: unknown): boolean =>
  error instanceof WarehouseError && (error.is === 'down' || isTemporary(failureOf(error)?.reason ?? ''));

/** Something else was there, or came meanwhile, than what If-Match named. */
export const isOutdated = (error: unknown): boolean => failureOf(error)?.status === 412;

/** There is one already. */
export const isDuplicate = (error: unknown): boolean => failureOf(error)?.reason === 'duplicate';

export const isMissing = (error: unknown): boolean => error instanceof WarehouseError && error.is === 'missing';

/** What need not be there; null where it is not. */
export async function ifThere<T>(ask: Promise<T>): Promise<T | null> {
  try {
    return await ask;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Runs, and turns what the client throws into the one class that adapters throw. */
export async function speaking<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw toWarehouseError(error);
  }
}

export const refused = (message: string, detail: Readonly<Record<string, unknown>> = {}): WarehouseError =>
  new WarehouseError('refused', message, detail);

const shortly = (message: string): string => message.replaceAll(/\s*\n\s*/g, ' ').trim();
