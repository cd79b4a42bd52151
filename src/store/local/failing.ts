import { StoreError } from '../port.ts';

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT';

const kinds: Readonly<Record<string, StoreError['is']>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
};

/** What the file system said, as the port's error. */
function failing(key: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError(kinds[codeOf(error)] ?? 'down', key, message, { cause: error });
}

/** Runs and lets nothing but StoreError through. */
export async function speaking<T>(key: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw failing(key, error);
  }
}

/** What `act` returns, or null where there is no such file or folder. */
export async function orAbsent<T>(act: Promise<T>): Promise<T | null> {
  try {
    return await act;
  } catch (error) {
    // ENOTDIR: a part of the path is a file, so there is nothing below it.
    if (isAbsent(error) || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
