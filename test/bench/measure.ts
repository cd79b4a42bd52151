/** A stretch of the machine's clock, ms since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** For how long at least one of them went on, ms; within one more where that is given. */
export function covered(spans: readonly Span[], within: Span = { from: -Infinity, to: Infinity }): number {
  let end = within.from;
  let total = 0;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const start = Math.max(from, end);
    const stop = Math.min(to, within.to);
    total += Math.max(0, stop - start);
    end = Math.max(end, stop);
  }
  return total;
}

/** What a measurement came to, ms. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws RangeError when nothing was measured. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (min === undefined || max === undefined || low === undefined || high === undefined)
    throw new RangeError('nothing was measured');
  return { median: (low + high) / 2, min, max };
}

/** Runs something a number of times, one after the other; how long each took, ms. */
export async function timed(times: number, act: () => unknown): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const start = performance.now();
    await act();
    taken.push(performance.now() - start);
  }
  return taken;
}
