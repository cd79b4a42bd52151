import Table from 'cli-table3';
import { type Spread, spread } from './measure.ts';

/** One line of a table. */
export interface Row {
  readonly what: string;
  /** ms, one value a run. */
  readonly values: readonly number[];
  /** What its median is compared with, and that one's median, ms. */
  readonly beside?: { readonly what: string; readonly ms: number };
  /** The most that its median should be, ms, on a machine that does nothing else. */
  readonly goalMs?: number;
}

/** A title and a table, as text. */
export function tableOf(title: string, rows: readonly Row[]): string {
  const table = new Table({
    head: ['', 'median', 'min', 'max', 'runs', 'ratio', 'goal'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const taken = spread(row.values);
    table.push([
      row.what,
      inMs(taken.median),
      inMs(taken.min),
      inMs(taken.max),
      row.values.length,
      ratioOf(taken, row),
      goalOf(taken, row),
    ]);
  }
  return `${title}\n${table.toString()}\n`;
}

const inMs = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1_000).toFixed(1)} s` : ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;

function ratioOf({ median }: Spread, { beside }: Row): string {
  if (!beside) return '';
  const ratio = median / beside.ms;
  return `${ratio < 1 ? `${(100 * ratio).toFixed(1)} %` : `${ratio.toFixed(1)} x`} of ${beside.what}`;
}

const goalOf = ({ median }: Spread, { goalMs }: Row): string =>
  goalMs === undefined ? '' : `${inMs(goalMs)}: ${median <= goalMs ? 'met' : 'missed'}`;
