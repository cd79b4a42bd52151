import type pico from 'picocolors';
import type { NodeProgress } from '../../dbt/port.ts';
import type { Answer } from '../../domain/verdict.ts';
import type { Progress } from '../../engine/ports.ts';
import { inDigits, inTime, nameOf } from '../render/words.ts';

export type Pens = ReturnType<typeof pico.createColors>;

/** Events as lines; null for those that are none of their own. */
export const lines =
  (pens: Pens) =>
  (progress: Progress): string | null => {
    switch (progress.is) {
      case 'phase':
        return `${progress.phase.padEnd(9)} ${progress.detail ?? ''}`.trimEnd();
      case 'phase-done':
        return `${progress.phase.padEnd(9)} done in ${inTime(progress.ms)}${progress.detail === undefined ? '' : `: ${progress.detail}`}`;
      case 'note':
        return `${pens.yellow('note')}      ${progress.text}`;
      case 'node':
        return progress.progress.phase === 'finish' ? nodeLine(progress.progress, pens) : null;
      case 'answer':
        return answerLine(progress.answer, pens);
    }
  };

/** Nothing that a person has to look at. */
export const wentWell = (result: NodeProgress['result']): boolean =>
  result === null || ['success', 'pass', 'no-op'].includes(result.status);

function nodeLine({ id, done, total, result }: NodeProgress, pens: Pens): string {
  const counter = `${String(done).padStart(String(total).length)}/${total}`;
  if (result === null) return `  ${counter}  ${nameOf(id)}`;
  const status = wentWell(result) ? result.status : pens.red(result.status);
  const rows = result.rows === null ? '' : `  ${inDigits(result.rows)} rows`;
  return `  ${counter}  ${nameOf(id)}  ${status}  ${inTime(result.ms)}${rows}`;
}

function answerLine({ check, verdict, ms }: Answer, pens: Pens): string {
  const pen = { pass: pens.green, warn: pens.yellow, fail: pens.red, error: pens.red, inconclusive: pens.yellow }[
    verdict.verdict
  ];
  const said = 'because' in verdict ? verdict.because : verdict.observed;
  const expected = verdict.verdict === 'pass' || 'because' in verdict ? '' : `; expected ${verdict.expected}`;
  return `  ${pen(verdict.verdict)}  ${check.id}: ${said}${expected}  ${pens.dim(inTime(ms))}`;
}
