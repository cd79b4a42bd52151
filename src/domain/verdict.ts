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
