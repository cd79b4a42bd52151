import * as z from 'zod';
import { line, next, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { counted, inTime } from './words.ts';

/** `lastgreen refresh --json`. */
export const refreshed = z.object({
  ...envelope('refreshed'),
  /** `run 43` in history. */
  run: z.number(),
  /** What is live, before and after. */
  release: z.string(),
  arguments: z.array(z.string()),
  nodes: z.number(),
  ms: z.number(),
  next: z.string(),
});

export const refreshedRendering: Rendering<z.infer<typeof refreshed>> = {
  schema: refreshed,
  blocks: ({ run, release, nodes, ms, next: command }) => [
    line(
      toned('good', `run ${run}`),
      `: ${counted(nodes, 'node')} of ${release} refreshed in ${inTime(ms)}; no code was shipped.`,
    ),
    next(command),
  ],
};
