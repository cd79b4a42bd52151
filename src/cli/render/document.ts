import * as z from 'zod';
import type { Block } from './blocks.ts';

/** How one kind of document is shown: its schema is the interface of `--json`, its blocks are text and Markdown. */
export interface Rendering<D> {
  readonly schema: z.ZodType<D>;
  blocks(document: D): readonly Block[];
}

/** 9: `plan --detailed-exitcode` and there are changes; 2: `doctor` has findings. */
export type ResultExit = 0 | 2 | 9;

/** A document that is ready to be printed, and the exit status that goes with it. */
export interface Rendered {
  readonly document: unknown;
  readonly blocks: readonly Block[];
  readonly exit: ResultExit;
}

/** Checks a document against its own schema: what is printed is what was promised. */
export function rendered<D>(rendering: Rendering<D>, document: D, exit: ResultExit = 0): Rendered {
  const checked = rendering.schema.parse(document);
  return { document: checked, blocks: rendering.blocks(checked), exit };
}

/** What every document begins with. `outcome` in one word; `exit` is the exit status of the command. */
export const envelope = <N extends string>(name: N) => ({
  schema: z.literal(`lastgreen/${name}/1`),
  environment: z.string(),
  outcome: z.string(),
  exit: z.number(),
});

/** What readers have. */
export const live = z.object({ release: z.string(), content: z.string(), sha: z.string() });

/** `r42`, or `r43 (content of r41)` after a rollback, with the commit. */
export const liveText = (of: z.infer<typeof live>): string =>
  `${of.release}${of.content === of.release ? '' : ` (content of ${of.content})`} at ${of.sha.slice(0, 8)}`;
