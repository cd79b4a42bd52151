import { hash } from 'node:crypto';
import type { Fingerprints } from '../domain/cutover.ts';

/** More relations than this are told by one hash: the token is kept in the mark. */
const LISTED = 1_000;

/** What each relation was, by the id that its fingerprint begins with, so that it can be compared wherever it lies. */
export function tokenOf(fingerprints: Fingerprints): string {
  const entries = fingerprints.map(([, text]) => entryOf(text)).toSorted();
  return entries.length > 0 && entries.length <= LISTED ? entries.join(',') : sha256(entries.join(','));
}

/** Whether all that a token tells of is among these, unchanged. */
export function tellsOf(token: string, now: Fingerprints): boolean {
  if (!token.includes('.')) return tokenOf(now) === token;
  const is = new Set(now.map(([, text]) => entryOf(text)));
  return token.split(',').every((entry) => is.has(entry));
}

const entryOf = (text: string): string => `${text.split(' ', 1)[0]}.${sha256(text).slice(0, 12)}`;

const sha256 = (text: string): string => hash('sha256', text, 'hex');
