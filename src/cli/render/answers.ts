import * as z from 'zod';
import type { Answer } from '../../domain/verdict.ts';
import { type Block, type Tone, table, toned } from './blocks.ts';

/** The answer of one check, as documents have it. */
export const answer = z.object({
  check: z.string(),
  gate: z.string(),
  at: z.string(),
  severity: z.string(),
  verdict: z.string(),
  /** What was seen, or why there is no verdict. */
  observed: z.string(),
  expected: z.string().nullable(),
  sql: z.string().nullable(),
  ms: z.number(),
  accepted: z.object({ reason: z.string(), by: z.string() }).nullable(),
});

export type AnswerDocument = z.infer<typeof answer>;

export const answerOf = ({ check, verdict, ms, accepted }: Answer): AnswerDocument => ({
  check: check.id,
  gate: check.gate,
  at: check.at,
  severity: check.severity,
  verdict: verdict.verdict,
  observed: 'because' in verdict ? verdict.because : verdict.observed,
  expected: 'because' in verdict ? null : verdict.expected,
  sql: 'because' in verdict ? null : (verdict.sql ?? null),
  ms,
  accepted: accepted ?? null,
});

const TONES: Readonly<Record<string, Tone>> = {
  pass: 'good',
  warn: 'warn',
  inconclusive: 'warn',
  fail: 'bad',
  error: 'bad',
};

/** `14 pass, 1 warn`. */
export function tally(answers: readonly AnswerDocument[]): string {
  const counts = Object.keys(TONES).map((verdict) => ({
    verdict,
    n: answers.filter((one) => one.verdict === verdict).length,
  }));
  return counts
    .filter(({ n }) => n > 0)
    .map(({ verdict, n }) => `${n} ${verdict}`)
    .join(', ');
}

/** Each answer, with what was expected where it did not pass. */
export function answersTable(answers: readonly AnswerDocument[]): readonly Block[] {
  const rows = answers.map((one) => [
    toned(TONES[one.verdict] ?? 'plain', one.verdict),
    one.check,
    one.at,
    `${one.observed}${one.expected === null || one.verdict === 'pass' ? '' : `; expected ${one.expected}`}${one.accepted ? ` (accepted by ${one.accepted.by}: ${one.accepted.reason})` : ''}`,
  ]);
  return rows.length === 0 ? [] : [table(null, rows)];
}

export const notPassed = (answers: readonly AnswerDocument[]): readonly AnswerDocument[] =>
  answers.filter((one) => one.verdict !== 'pass');

/** What did not pass comes first: among many it must be seen. */
export const worstFirst = (answers: readonly AnswerDocument[]): readonly AnswerDocument[] => [
  ...notPassed(answers),
  ...answers.filter((one) => one.verdict === 'pass'),
];
