import type { Check } from '../domain/verdict.ts';
import type { GateFacts } from './gate.ts';

/** What stops a way back; everything else only informs there, since it compares with the live that is being left. */
const blocksBack: ReadonlySet<string> = new Set(['completeness', 'references', 'protection']);

/** A check as it counts in a direction, whichever direction the plan was made for. */
export const directed = (check: Check, direction: GateFacts['direction']): Check =>
  direction === 'back' && !blocksBack.has(check.gate) ? { ...check, severity: 'warn' } : check;
