import { displayName, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const errnos: Readonly<Record<string, WarehouseError['is']>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EXDEV: 'refused',
  // Nothing was done, and nothing changes by itself: told at once instead of tried again.
  ENOSPC: 'refused',
  EDQUOT: 'refused',
  EBUSY: 'busy',
  ETXTBSY: 'busy',
};

const lockHeld = /Could not set lock on file "(.+?)": Conflicting lock is held in (.+?) \(PID (\d+)\)/s;

/** The engine's message tells its class: `Catalog Error: ...` (DuckDB documentation, "Error Messages"). */
const sayings: readonly (readonly [RegExp, WarehouseError['is']])[] = [
  [/Could not set lock on file/, 'busy'],
  [/No space left|Disk quota/i, 'refused'],
  [/Out of Memory Error/i, 'down'],
  [/Permission denied|Read-only file system/, 'denied'],
  [/does not exist|No such file/, 'missing'],
];

/**
 * What an adapter may throw, from what the engine or the file system threw. Anything that neither of them throws is a
 * bug and comes back as it is.
 */
export function toWarehouseError(error: unknown): unknown {
  if (error instanceof WarehouseError || !(error instanceof Error)) return error;
  const errno = errnoOf(error);
  if (errno !== undefined && 'syscall' in error) {
    const path = 'path' in error ? { file: error.path } : {};
    return new WarehouseError(errnos[errno] ?? 'down', error.message, path, { cause: error });
  }
  if (!/^[\w ]+ Error: /.test(error.message)) return error;
  const held = lockHeld.exec(error.message);
  if (held) return heldBy(held[1] ?? '', Number(held[3]), error, held[2]);
  const is = sayings.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'refused';
  return new WarehouseError(is, error.message, {}, { cause: error });
}

/** Somebody has the file open in a way that excludes this. */
export const heldBy = (file: string, pid: number, cause?: Error, program?: string): WarehouseError =>
  new WarehouseError(
    'busy',
    `process ${pid}${program === undefined ? '' : ` (${program})`} holds ${file}`,
    { pid, file },
    cause === undefined ? {} : { cause },
  );

export const refused = (message: string, detail: Readonly<Record<string, unknown>> = {}): WarehouseError =>
  new WarehouseError('refused', message, detail);

export const drifted = (message: string, detail: Readonly<Record<string, unknown>>): WarehouseError =>
  new WarehouseError('drifted', message, detail);

export const missing = (path: string): WarehouseError =>
  new WarehouseError('missing', `there is no ${path}`, { file: path });

export const missingRelation = (relation: Relation): WarehouseError =>
  new WarehouseError('missing', `there is no ${displayName(relation)} in ${relation.location}`, {
    relation: displayName(relation),
  });

/** Runs, and turns what engine and file system throw into the one class that adapters throw. */
export async function speaking<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw toWarehouseError(error);
  }
}
