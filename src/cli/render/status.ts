import * as z from 'zod';
import { type Block, line, next, table, toned } from './blocks.ts';
import { envelope, live, liveText, type Rendering } from './document.ts';
import { atTime, between } from './words.ts';

const time = z.string();

/** `lastgreen status --json`. */
export const status = z.object({
  ...envelope('status'),
  now: time,
  /** null: nothing is live, or nobody can tell. */
  live: live
    .extend({
      subject: z.string().nullable(),
      by: z.string().nullable(),
      since: time.nullable(),
      /** live (being watched), green, ...; null when the store does not know the release. */
      state: z.string().nullable(),
      watchUntil: time.nullable(),
    })
    .nullable(),
  /** Where `rollback` would go now. */
  back: z.object({ release: z.string(), until: time.nullable() }).nullable(),
  /** Where live is a rollback already: what `rollback --to` could go back to. */
  further: z.object({ release: z.string(), until: time }).nullable(),
  lastGreen: z.object({ release: z.string(), sha: z.string() }).nullable(),
  /** Waits for `promote`, or is being built. */
  candidate: z.object({ release: z.string(), state: z.string(), since: time, sha: z.string() }).nullable(),
  running: z
    .object({ command: z.string(), by: z.string(), since: time, beatMs: z.number(), alive: z.boolean() })
    .nullable(),
  hold: z.object({ reason: z.string(), by: z.string(), since: time }).nullable(),
  inFlight: z
    .object({ release: z.string(), done: z.number(), of: z.number(), foreign: z.array(z.string()) })
    .nullable(),
  store: z.object({ up: z.boolean(), because: z.string().nullable() }),
  warehouse: z.object({ up: z.boolean(), because: z.string().nullable() }),
  /** Where mark and store disagree; the warehouse is right. */
  differs: z.string().nullable(),
  /** The situation in a sentence. */
  says: z.string(),
  next: z.string(),
});

export type StatusDocument = z.infer<typeof status>;

export const statusRendering: Rendering<StatusDocument> = {
  schema: status,
  blocks: (s) =>
    [line(toned('strong', s.environment), `  ${s.says}`), table(null, rows(s)), next(s.next)].filter(notEmpty),
};

const notEmpty = (block: Block): boolean => block.is !== 'table' || block.rows.length > 0;

function rows(s: StatusDocument): string[][] {
  const { live: l, now } = s;
  const found: (string[] | null)[] = [
    l && ['live', `${liveText(l)}${l.subject === null ? '' : `: ${l.subject}`}`],
    l?.since
      ? ['since', `${atTime(l.since, now)} (${between(l.since, now)})${l.by === null ? '' : `, by ${l.by}`}`]
      : null,
    s.back && ['back to', `${s.back.release}${s.back.until === null ? '' : `, until ${atTime(s.back.until, now)}`}`],
    s.further && [
      'back to',
      `${s.further.release}, until ${atTime(s.further.until, now)}: lastgreen rollback --to ${s.further.release}`,
    ],
    s.candidate && [
      'waits',
      `${s.candidate.release}, ${s.candidate.state} since ${atTime(s.candidate.since, now)}, at ${s.candidate.sha.slice(0, 8)}`,
    ],
    s.running && [
      'running',
      `${s.running.command}, by ${s.running.by}, since ${atTime(s.running.since, now)}${s.running.alive ? '' : ' (it died)'}`,
    ],
    s.hold && ['hold', `${s.hold.reason} (by ${s.hold.by}, ${atTime(s.hold.since, now)})`],
    s.store.up ? null : ['store', `down: ${s.store.because ?? ''}`],
    s.warehouse.up ? null : ['warehouse', `down: ${s.warehouse.because ?? ''}`],
    s.differs === null ? null : ['differs', `${s.differs}; the next command that changes something mends it`],
  ];
  return found.filter((row) => row !== null);
}
