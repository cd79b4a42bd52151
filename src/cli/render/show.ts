import * as z from 'zod';
import { answer, answersTable, tally, worstFirst } from './answers.ts';
import { type Block, heading, line, next, table, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { planned, plannedBlocks } from './plan.ts';
import { otherWay, wayName } from './ways.ts';
import { atTime, counted, inBytes, inTime } from './words.ts';

/** `lastgreen show r42 --json`: all that is known of one release. */
export const show = z.object({
  ...envelope('show'),
  now: z.string(),
  release: z.object({
    id: z.string(),
    kind: z.string(),
    state: z.string(),
    sha: z.string(),
    subject: z.string(),
    content: z.string(),
    command: z.string(),
    by: z.string(),
    because: z.string().nullable(),
    back: z
      .object({
        to: z.string(),
        from: z.string(),
        strategy: z.string(),
        /** Why it was not done in another way. */
        others: z.array(z.object({ strategy: z.string(), because: z.string() })),
      })
      .nullable(),
    built: z.object({ nodes: z.number(), ms: z.number(), dbtMs: z.number() }).nullable(),
    cutover: z.object({ ms: z.number(), windowMs: z.number().nullable() }).nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  }),
  /** What happened, oldest first. */
  story: z.array(z.object({ at: z.string(), event: z.string(), says: z.string(), by: z.string() })),
  answers: z.array(answer),
  /** null once retention let go of it. */
  plan: planned.nullable(),
  /** Of what somebody pays for; null where nobody does. `because`: why it is not known. */
  took: z
    .object({
      costs: z.array(
        z.object({
          on: z.string(),
          statements: z.number(),
          seconds: z.number(),
          credits: z.number().nullable(),
          bytes: z.exactOptional(z.number()),
          slotMs: z.exactOptional(z.number()),
        }),
      ),
      because: z.string().nullable(),
    })
    .nullable(),
  next: z.string(),
});

export type ShowDocument = z.infer<typeof show>;

export const showRendering: Rendering<ShowDocument> = {
  schema: show,
  blocks: (s) => [
    line(toned('strong', s.release.id), `  ${s.release.kind}, ${s.release.state}, by ${s.release.by}`),
    ...(s.release.back
      ? [
          line(`From ${s.release.back.from} to ${s.release.back.to}, by ${wayName(s.release.back.strategy)}.`),
          ...s.release.back.others.map(otherWay),
        ]
      : []),
    ...reason(s),
    heading('What happened'),
    table(
      null,
      s.story.map(({ at, event, says }) => [atTime(at, s.now), event, says]),
    ),
    ...(s.answers.length > 0 ? [heading(`Gates: ${tally(s.answers)}`), ...answersTable(worstFirst(s.answers))] : []),
    ...(s.plan ? [heading('Plan'), ...plannedBlocks(s.plan)] : []),
    ...timings(s),
    ...costs(s),
    next(s.next),
  ],
};

function reason({ release }: ShowDocument): readonly Block[] {
  // What stopped it is told by each check, below.
  const text = release.failure?.code === 'REJECTED' ? null : (release.failure?.message ?? release.because);
  return text === null || text === undefined ? [] : text.split('\n').map((part) => line(toned('bad', part)));
}

function timings({ release: { built, cutover } }: ShowDocument): readonly Block[] {
  const parts = [
    built ? `built in ${inTime(built.ms)} (dbt ${inTime(built.dbtMs)})` : '',
    cutover ? `cut over in ${inTime(cutover.ms)}` : '',
  ].filter(Boolean);
  return parts.length === 0 ? [] : [line(toned('dim', parts.join(', ')))];
}

function costs({ took }: ShowDocument): readonly Block[] {
  if (took === null) return [];
  if (took.because !== null) return [line(toned('dim', `what it took is not known: ${took.because}`))];
  const parts = took.costs.map(({ on, statements, seconds, credits, bytes, slotMs }) => {
    const read = bytes === undefined ? '' : `, ${inBytes(bytes)} billed`;
    const slots = slotMs === undefined ? '' : `, slots for ${inTime(slotMs)}`;
    const paid = credits === null ? `${read}${slots}` : `, ${credits.toFixed(4)} credits`;
    return `${on} worked ${inTime(seconds * 1000)} for ${counted(statements, 'statement')}${paid}`;
  });
  return parts.map((part) => line(toned('dim', part)));
}
