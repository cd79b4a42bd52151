import type { WarehouseError } from '../port.ts';

type Is = WarehouseError['is'];

/** What an error means for the engine (BigQuery documentation, "Error messages"). */
const reasons: Readonly<Record<string, Is>> = {
  accessDenied: 'denied',
  forbidden: 'denied',
  required: 'refused',
  authError: 'denied',
  accessNotConfigured: 'denied',
  billingNotEnabled: 'denied',
  blocked: 'denied',
  notFound: 'missing',
  rateLimitExceeded: 'busy',
  userRateLimitExceeded: 'busy',
  jobRateLimitExceeded: 'busy',
  tableUnavailable: 'busy',
  backendError: 'down',
  internalError: 'down',
  jobBackendError: 'down',
  jobInternalError: 'down',
  conditionNotMet: 'drifted',
};

/** The server did nothing, and wants to be asked again later. */
const again = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'jobRateLimitExceeded']);

export const isAgain = (reason: string): boolean => again.has(reason);

/** It passes by itself. */
export const isTemporary = (reason: string): boolean => again.has(reason) || reasons[reason] === 'down';

export function classOf(reason: string, status: number | null): Is {
  // Of a wrong If-Match, whatever it is called.
  if (status === 412) return 'drifted';
  const known = reasons[reason];
  if (known !== undefined) return known;
  if (status === null) return 'refused';
  if (status === 429) return 'busy';
  if (status === 401 || status === 403) return reason === 'quotaExceeded' ? 'refused' : 'denied';
  if (status === 404) return 'missing';
  return status >= 500 && status !== 501 ? 'down' : 'refused';
}
