import { join } from 'node:path';
import { StoreError } from '../port.ts';

/**
 * Where things lie in the store's folder. The visible tree is the documents by their keys. `.revisions/<key>/` holds
 * what compare-and-swap wrote, newest number wins; `.tmp/` holds what is not written yet.
 */
export interface Layout {
  readonly root: string;
  readonly temporary: string;
  document(key: string): string;
  revisions(key: string): string;
  revision(key: string, n: number): string;
}

const REVISIONS = '.revisions';
const TEMPORARY = '.tmp';

export function layoutOf(root: string): Layout {
  const revisions = (key: string): string => join(root, REVISIONS, checked(key));
  return {
    root,
    temporary: join(root, TEMPORARY),
    document: (key) => join(root, checked(key)),
    revisions,
    revision: (key, n) => join(revisions(key), String(n).padStart(12, '0')),
  };
}

/** Names in the root that are not documents. */
export const isOwn = (name: string): boolean => name === REVISIONS || name === TEMPORARY;

/** Throws `denied` for a key that would leave the folder or hide in the store's own. */
function checked(key: string): string {
  const parts = key.split('/');
  const foul = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (foul || isOwn(parts[0] ?? '')) throw new StoreError('denied', key, 'this is no key of a document');
  return key;
}
