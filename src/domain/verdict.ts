import type { CheckId, NodeId } from './ids.ts';

/** `built`: as soon as dbt is done; `sealed`: on exactly what will be published; `live`: after the cutover. */
export type Moment = 'built' | 'sealed' | 'live';

/** One expected answer of a gate. Printed by `plan`, counted by the runner. */
export interface Check {
  readonly id: CheckId;
  readonly gate: string;
  readonly at: Moment;
  readonly severity: 'warn' | 'fail';
  readonly timeoutMs: number;
  /** What it asks, in a few words. */
  readonly title: string;
  readonly node: NodeId | null;
}

/** Only pass and warn let a release on. Nothing ran is never pass. */
export type Verdict =
  | {
      readonly verdict: 'pass' | 'warn' | 'fail';
      readonly expected: string;
      readonly observed: string;
      readonly sql?: string;
    }
  | { readonly verdict: 'inconclusive' | 'error'; readonly because: string };

export interface Answer {
  readonly check: Check;
  readonly verdict: Verdict;
  readonly ms: number;
  /** A person's answer to an inconclusive check. */
  readonly accepted?: { readonly reason: string; readonly by: string };
}

export type Outcome = 'pass' | 'fail' | 'inconclusive';

/** Fails closed: any fail or error is a fail, inconclusive alone is inconclusive. */
export function outcome(answers: readonly Answer[]): Outcome {
  const open = answers.filter((answer) => answer.accepted === undefined || answer.verdict.verdict !== 'inconclusive');
  if (open.some(({ verdict: v }) => v.verdict === 'fail' || v.verdict === 'error')) return 'fail';
  return open.some(({ verdict: v }) => v.verdict === 'inconclusive') ? 'inconclusive' : 'pass';
}

/** A check that stops a release or takes it back, and what it said. */
export interface Objection {
  readonly check: string;
  readonly verdict: Verdict['verdict'];
  /** What was found and what was expected, or why there is no verdict. */
  readonly says: string;
}

export const objection = ({ check, verdict }: Answer): Objection => ({
  check: check.id,
  verdict: verdict.verdict,
  says: 'because' in verdict ? verdict.because : `${verdict.observed}; expected ${verdict.expected}`,
});

/** `smoke:orders kept (87,239 rows, ...; expected ...)`. */
export const objected = ({ check, verdict, says }: Objection): string =>
  verdict === 'error' || verdict === 'inconclusive' ? `${check} (${verdict}: ${says})` : `${check} (${says})`;

const ends: Readonly<Record<Verdict['verdict'], string>> = {
  pass: 'passed',
  warn: 'warned',
  fail: 'failed',
  error: 'could not be asked',
  inconclusive: 'came to no verdict',
};

/** `smoke:orders kept failed`. */
export const shortly = ({ check, verdict }: Pick<Objection, 'check' | 'verdict'>): string =>
  `${check} ${ends[verdict]}`;
