import type pico from 'picocolors';
import type { NodeProgress } from '../../dbt/port.ts';
import type { Answer, Verdict } from '../../domain/verdict.ts';
import type { Progress } from '../../engine/ports.ts';
import { atTime, inDigits, inTime, nameOf } from '../render/words.ts';

export type Pens = ReturnType<typeof pico.createColors>;

/** Events as lines, none for most; told at the ISO time `now`. It remembers what the checks said. */
export function linesOf(pens: Pens, now: () => string): (progress: Progress) => readonly string[] {
  const checks = checksOf(pens);
  return (progress) => {
    switch (progress.is) {
      case 'phase':
        checks.forget();
        return [`${progress.phase.padEnd(9)} ${detailOf(progress, now())}`.trimEnd()];
      case 'phase-done': {
        const detail = progress.detail === undefined ? '' : `: ${progress.detail}`;
        return [...checks.passed(), `${progress.phase.padEnd(9)} done in ${inTime(progress.ms)}${detail}`];
      }
      case 'round':
        return checks.passed();
      case 'note':
        return [`${pens.yellow('note')}      ${progress.text}`];
      case 'node':
        return progress.progress.phase === 'finish' && progress.progress.result?.status !== 'pass'
          ? [nodeLine(progress.progress, pens)]
          : [];
      case 'answer':
        return checks.answered(progress.answer);
    }
  };
}

/** `live gates, until 10:15`. */
export const detailOf = ({ detail, until }: Extract<Progress, { is: 'phase' }>, now: string): string =>
  [detail, until === undefined ? undefined : `until ${atTime(until, now)}`]
    .filter((part) => part !== undefined)
    .join(', ');

/** Passes are counted by gate; every other verdict has a line of its own, when it is new. */
function checksOf(pens: Pens) {
  const said = new Map<string, Verdict['verdict']>();
  const passes = new Map<string, { readonly n: number; readonly longestMs: number }>();
  return {
    forget(): void {
      said.clear();
      passes.clear();
    },
    answered(answer: Answer): readonly string[] {
      const { check, verdict, ms } = answer;
      const before = said.get(check.id);
      said.set(check.id, verdict.verdict);
      if (before === verdict.verdict) return [];
      if (before !== undefined || verdict.verdict !== 'pass') return [answerLine(answer, pens)];
      const { n, longestMs } = passes.get(check.gate) ?? { n: 0, longestMs: 0 };
      passes.set(check.gate, { n: n + 1, longestMs: Math.max(longestMs, ms) });
      return [];
    },
    /** `tests          28 pass  up to 2 ms`, once for each that passed since. */
    passed(): readonly string[] {
      const lines = [...passes].map(([gate, { n, longestMs }]) => {
        const took = pens.dim(`${n > 1 ? 'up to ' : ''}${inTime(longestMs)}`);
        return `  ${gate.padEnd(13)}  ${inDigits(n)} ${pens.green('pass')}  ${took}`;
      });
      passes.clear();
      return lines;
    },
  };
}

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
