import { createLogUpdate } from 'log-update';
import pico from 'picocolors';
import type { Progress } from '../../engine/ports.ts';
import { hasColour, type Io, streamOf } from '../io.ts';
import { nameOf } from '../render/words.ts';
import { detailOf, linesOf, wentWell } from './lines.ts';
import type { Reporter } from './reporter.ts';

/** How often the seconds are drawn anew. */
const TICK_MS = 250;

/** What is done stays as lines; below them one line that changes. */
export function terminalReporter(io: Io): Reporter {
  const pens = pico.createColors(hasColour(io, io.stderr));
  const now = (): string => new Date().toISOString();
  const tell = linesOf(pens, now);
  const update = createLogUpdate(streamOf(io.stderr), { showCursor: true, defaultWidth: io.stderr.columns });
  const running = new Set<string>();
  let phase = '';
  let counts = '';
  let since = performance.now();
  const draw = (): void => {
    const nodes = [...running].map(nameOf).slice(0, 4).join(', ');
    const seconds = `${Math.floor((performance.now() - since) / 1_000)} s`;
    update([pens.cyan('…'), phase, counts, seconds, pens.dim(nodes)].filter(Boolean).join(' '));
  };
  let ticking: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (ticking) clearInterval(ticking);
    ticking = null;
    running.clear();
    update.clear();
  };
  return {
    report(progress) {
      if (progress.is === 'phase') {
        phase = [progress.phase, detailOf(progress, now())].filter(Boolean).join(': ');
        counts = '';
        since = performance.now();
        ticking ??= setInterval(draw, TICK_MS).unref();
      }
      if (progress.is === 'node') {
        const { id, phase: step, done, total } = progress.progress;
        if (step === 'start') running.add(id);
        else running.delete(id);
        counts = `${done}/${total}`;
      }
      const said = tell(progress);
      if (stays(progress) && said.length > 0) {
        update.clear();
        io.stderr.write(`${said.join('\n')}\n`);
      }
      if (progress.is === 'phase-done') stop();
      else if (ticking === null) return;
      else draw();
    },
    close: stop,
  };
}

/** On a terminal nodes that went well are only counted. */
const stays = (progress: Progress): boolean =>
  progress.is !== 'phase' && (progress.is !== 'node' || !wentWell(progress.progress.result));
