import pico from 'picocolors';
import type { Progress } from '../../engine/ports.ts';
import type { Io } from '../io.ts';
import type { Log } from '../log.ts';
import type { Common } from '../verb.ts';
import { linesOf } from './lines.ts';

/** Shows what goes on, on stderr, until it is closed. */
export interface Reporter {
  readonly report: (progress: Progress) => void;
  readonly close: () => void;
}

const silent: Reporter = { report: () => undefined, close: () => undefined };

/** Live on a terminal; one line an event elsewhere; a log line where JSON was asked for. */
export async function reporterOf(io: Io, common: Pick<Common, 'logLevel' | 'logFormat'>, log: Log): Promise<Reporter> {
  if (common.logFormat === 'json') return { ...silent, report: (progress) => log.info(eventOf(progress)) };
  if (common.logLevel !== 'info' && common.logLevel !== 'debug') return silent;
  return io.stderr.isTTY ? (await import('./terminal.ts')).terminalReporter(io) : onLines(io);
}

function onLines(io: Io): Reporter {
  const tell = linesOf(pico.createColors(false), () => new Date().toISOString());
  return {
    ...silent,
    report(progress) {
      for (const text of tell(progress)) io.stderr.write(`${text}\n`);
    },
  };
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
