import * as z from 'zod';
import { line, next, toned } from './blocks.ts';
import { live, liveText, type Rendering } from './document.ts';

/** Every way to fail, in one form: what happened, what readers have now, what to type. */
export const failure = z.object({
  schema: z.literal('lastgreen/failure/1'),
  /** null when the command failed before it knew. */
  environment: z.string().nullable(),
  outcome: z.literal('failed'),
  exit: z.number(),
  error: z.object({ code: z.string(), message: z.string(), next: z.string(), runbook: z.string().nullable() }),
  /** null when nothing is live, or when nobody could tell. */
  live: live.nullable(),
});

export type Failure = z.infer<typeof failure>;

export const failureRendering: Rendering<Failure> = {
  schema: failure,
  blocks: ({ error, live: now }) => [
    ...error.message.split('\n').map((text, index) => line(toned(index === 0 ? 'bad' : 'plain', text))),
    ...(now ? [line(`Live now: ${liveText(now)}.`)] : []),
    ...(error.runbook ? [line(toned('dim', `More: lastgreen runbook ${error.runbook}`))] : []),
    next(error.next),
  ],
};
