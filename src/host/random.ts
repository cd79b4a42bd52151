import { randomBytes } from 'node:crypto';
import type { Random } from '../engine/ports.ts';

/** Values that nobody can guess, and that never come twice. */
export const hostRandom: Random = {
  nonce: () => randomBytes(16).toString('hex'),
  fraction: () => Math.random(),
};
