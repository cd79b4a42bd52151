/** When readers could see what of a cutover. */
export interface Timed {
  /** Does something that readers see. */
  visible<T>(work: () => Promise<T>): Promise<T>;
  /** Something was changed. */
  changed(): void;
  anything(): boolean;
  /** ms from the first visible change that was sent to the last that was done; 0 for one alone; null: nobody knows. */
  windowMs(): number | null;
}

/** `before`: a part of what readers see was changed by an earlier try, and nobody knows when. */
export function timedCutover(before: boolean): Timed {
  let [first, last, count, anything] = [Number.POSITIVE_INFINITY, 0, 0, before];
  return {
    async visible(work) {
      first = Math.min(first, performance.now());
      count++;
      try {
        return await work();
      } finally {
        last = performance.now();
      }
    },
    changed() {
      anything = true;
    },
    anything: () => anything,
    windowMs: () => (before ? null : count < 2 ? 0 : Math.ceil(last - first)),
  };
}
