import * as z from 'zod';
import { code, gap, line, next, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';

/** `lastgreen init --json`. */
export const init = z.object({
  ...envelope('init'),
  path: z.string(),
  text: z.string(),
  profile: z.object({ path: z.string(), name: z.string(), target: z.string(), type: z.string() }),
  /** .gitignore was told about the store. */
  ignored: z.boolean(),
  /** What an administrator types once, so that releases may do what they do; null where nobody has to. */
  rights: z.string().nullable(),
  next: z.string(),
  /** After that. */
  then: z.string(),
});

export const initRendering: Rendering<z.infer<typeof init>> = {
  schema: init,
  blocks: ({ path, text, profile, ignored, rights, next: command, then }) => [
    line(toned('strong', `Wrote ${path}`), ` for target ${profile.target} (${profile.type}) of ${profile.path}:`),
    gap,
    code(text),
    gap,
    ...(ignored ? [line('Told .gitignore about .lastgreen/, where releases are recorded.')] : []),
    ...(rights === null
      ? []
      : [
          line("The target's user needs rights. A DBA runs this once, with all schemas that dbt builds in:"),
          code(rights),
          gap,
        ]),
    next(command),
    line(`Then: ${then}`),
  ],
};
