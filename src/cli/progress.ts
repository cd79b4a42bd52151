import { createLogUpdate } from 'log-update';
import pico from 'picocolors';
import type { Logger } from 'pino';
import type { NodeProgress } from '../dbt/port.ts';
import type { Answer } from '../domain/verdict.ts';
import type { Progress } from '../engine/ports.ts';
import { hasColour, type Io, streamOf } from './io.ts';
import { inDigits, inTime, nameOf } from './render/words.ts';
import type { Common } from './verb.ts';

/** Shows what goes on, on stderr, until it is closed. */
export interface Reporter {
  readonly report: (progress: Progress) => void;
  readonly close: () => void;
}

/** Live on a terminal; one line an event elsewhere; log lines where JSON was asked for. */
export function reporterOf(io: Io, common: Pick<Common, 'logLevel' | 'logFormat'>, log: () => Logger): Reporter {
  if (common.logFormat === 'json')
    return { report: (progress) => log().info(eventOf(progress)), close: () => undefined };
  if (common.logLevel !== 'info' && common.logLevel !== 'debug')
    return { report: () => undefined, close: () => undefined };
  return io.stderr.isTTY ? onTerminal(io) : onLines(io);
}

function onLines(io: Io): Reporter {
  const lineOf = lines(pico.createColors(false));
  return {
    report(progress) {
      const text = lineOf(progress);
      if (text !== null) io.stderr.write(`${text}\n`);
    },
    close: () => undefined,
  };
}

/** What is done stays as lines; below them one line that changes. */
function onTerminal(io: Io): Reporter {
  const pens = pico.createColors(hasColour(io, io.stderr));
  const lineOf = lines(pens);
  const update = createLogUpdate(streamOf(io.stderr), { showCursor: true, defaultWidth: io.stderr.columns });
  const running = new Set<string>();
  let phase = '';
  let counts = '';
  const draw = (): void => {
    const nodes = [...running].map(nameOf).slice(0, 4).join(', ');
    const text = [pens.cyan('…'), phase, counts, pens.dim(nodes)].filter(Boolean).join(' ');
    update(text);
  };
  return {
    report(progress) {
      if (progress.is === 'phase') {
        phase = `${progress.phase}${progress.detail === undefined ? '' : `: ${progress.detail}`}`;
        counts = '';
      }
      if (progress.is === 'node') {
        const { id, phase: step, done, total } = progress.progress;
        if (step === 'start') running.add(id);
        else running.delete(id);
        counts = `${done}/${total}`;
      }
      const text = stays(progress) ? lineOf(progress) : null;
      if (text !== null) {
        update.clear();
        io.stderr.write(`${text}\n`);
      }
      if (progress.is === 'phase-done') update.clear();
      else draw();
    },
    close: () => update.clear(),
  };
}

/** On a terminal nodes that went well are only counted. */
const stays = (progress: Progress): boolean =>
  progress.is === 'phase-done' ||
  progress.is === 'note' ||
  (progress.is === 'node' && !wentWell(progress.progress)) ||
  (progress.is === 'answer' && progress.answer.verdict.verdict !== 'pass');

const wentWell = ({ result }: NodeProgress): boolean =>
  result === null || ['success', 'pass', 'no-op'].includes(result.status);

type Pens = ReturnType<typeof pico.createColors>;

/** An event as a line, or null when it is none of its own. */
const lines =
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

function nodeLine({ id, done, total, result }: NodeProgress, pens: Pens): string {
  const counter = `${String(done).padStart(String(total).length)}/${total}`;
  if (result === null) return `  ${counter}  ${nameOf(id)}`;
  const status = wentWell({ id, phase: 'finish', done, total, result }) ? result.status : pens.red(result.status);
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

function eventOf(progress: Progress): object {
  if (progress.is === 'node') {
    const { id, phase, done, total, result } = progress.progress;
    return {
      event: 'node',
      node: id,
      phase,
      done,
      total,
      status: result?.status ?? null,
      ms: result?.ms ?? null,
      rows: result?.rows ?? null,
    };
  }
  if (progress.is === 'answer') {
    const { check, verdict, ms } = progress.answer;
    return { event: 'answer', check: check.id, at: check.at, ...verdict, sql: undefined, ms };
  }
  const { is, ...rest } = progress;
  return { event: is, ...rest };
}
