import * as z from 'zod';
import { line, next, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';

/** A small result that a sentence tells: abort, hold, a resume with nothing to do. */
export const said = z.object({
  ...envelope('said'),
  command: z.string(),
  release: z.string().nullable(),
  says: z.string(),
  next: z.string(),
});

export const saidRendering: Rendering<z.infer<typeof said>> = {
  schema: said,
  blocks: ({ says, next: command }) => [line(toned('strong', says)), next(command)],
};
