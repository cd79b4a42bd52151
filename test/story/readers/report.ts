import { z } from 'zod';
import type { Sight } from './question.ts';

const when = z.iso.datetime();

/** What a reader saw; times in ms. */
export const reportSchema = z.object({
  /** Statements that were answered. */
  queries: z.int(),
  perSecond: z.number(),
  /** How often the warehouse was opened; the other statements were asked of one that was held open. */
  openings: z.int(),
  errors: z.int(),
  /** The different errors, oldest first. */
  messages: z.array(z.object({ message: z.string(), times: z.int(), first: when })),
  mixed: z.int(),
  /** The first mixed results. */
  mixes: z.array(z.object({ at: when, saw: z.string() })),
  /** What was read, in order: a new entry whenever it differs from the one before. */
  states: z.array(z.object({ state: z.string(), since: when, queries: z.int() })),
  /** The longest time between two answers. */
  longestGapMs: z.number(),
});

export type ReaderReport = z.infer<typeof reportSchema>;

const mixesKept = 20;

/** Keeps account of what a reader sees. Times are its own, so that whoever reports cannot mend them afterwards. */
export class Account {
  readonly #report: ReaderReport = {
    queries: 0,
    perSecond: 0,
    openings: 0,
    errors: 0,
    messages: [],
    mixed: 0,
    mixes: [],
    states: [],
    longestGapMs: 0,
  };
  #first: number | null = null;
  #last: number | null = null;

  opened(): void {
    this.#report.openings += 1;
  }

  saw({ state, mixed }: Sight): void {
    const now = performance.now();
    const at = new Date().toISOString();
    const report = this.#report;
    report.queries += 1;
    if (this.#last !== null) report.longestGapMs = Math.max(report.longestGapMs, now - this.#last);
    this.#first ??= now;
    this.#last = now;
    const current = report.states.at(-1);
    if (current?.state === state) current.queries += 1;
    else report.states.push({ state, since: at, queries: 1 });
    if (mixed === null) return;
    report.mixed += 1;
    if (report.mixes.length < mixesKept) report.mixes.push({ at, saw: mixed });
  }

  failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#report.errors += 1;
    const known = this.#report.messages.find((entry) => entry.message === message);
    if (known === undefined) this.#report.messages.push({ message, times: 1, first: new Date().toISOString() });
    else known.times += 1;
  }

  /** Whether anything was read yet. */
  get began(): boolean {
    return this.#first !== null;
  }

  /** Statements so far, answered or failed. */
  get asked(): number {
    return this.#report.queries + this.#report.errors;
  }

  /** A copy; a gap that is still open counts. */
  report(): ReaderReport {
    const now = performance.now();
    const elapsedMs = now - (this.#first ?? now);
    const gapMs = now - (this.#last ?? now);
    return structuredClone({
      ...this.#report,
      perSecond: elapsedMs === 0 ? 0 : (this.#report.queries * 1000) / elapsedMs,
      longestGapMs: Math.max(this.#report.longestGapMs, gapMs),
    });
  }
}
