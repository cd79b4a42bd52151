import * as z from 'zod';
import { line, next, table } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';

/** `lastgreen runbook --json`. */
export const runbook = z.object({
  ...envelope('runbook'),
  /** null: the list of topics. */
  topic: z.string().nullable(),
  /** Markdown, with this environment's names. */
  text: z.string().nullable(),
  topics: z.array(z.object({ name: z.string(), title: z.string() })),
  next: z.string(),
});

export const runbookRendering: Rendering<z.infer<typeof runbook>> = {
  schema: runbook,
  blocks: ({ text, topics, next: command }) =>
    text === null
      ? [
          table(
            null,
            topics.map(({ name, title }) => [name, title]),
          ),
          next(command),
        ]
      : text
          .trimEnd()
          .split('\n')
          .map((part) => line(part)),
};
