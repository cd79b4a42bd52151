import * as z from 'zod';
import { fail } from '../../domain/errors.ts';
import { promoteRelease } from '../../engine/deploy.ts';
import { rendered } from '../render/document.ts';
import { outcomeDocument, outcomeRendering } from '../render/outcome.ts';
import { flag, release, verb } from '../verb.ts';

const input = z.object({
  release: release.optional(),
  accept: z.array(z.string()).default([]),
  reason: z.string().optional(),
  watch: flag,
  duringWatch: flag,
});

export const promote = verb({
  name: 'promote',
  summary: 'give readers a verified release, or finish a watch',
  about: `Cuts over to a release that was built before, and watches it. With --watch it finishes the watch of the release
that is live instead: anyone may do that.`,
  arguments: [{ name: '[release]', about: 'such as r42; the one that waits when left out' }],
  options: [
    { flags: '--accept <check>', about: 'take this check, which came to no verdict, as passed', repeats: true },
    { flags: '--reason <text>', about: 'why, for history; needed with --accept' },
    { flags: '--watch', about: 'finish the watch of what is live' },
    { flags: '--during-watch', about: 'replace a release that is still being watched' },
  ],
  examples: [
    ['lastgreen promote', 'the release that waits'],
    ['lastgreen promote r42 --watch', 'finish the watch that a killed job left'],
    ["lastgreen promote r42 --accept 'smoke:revenue' --reason 'FIN-12'", 'after looking at it'],
  ],
  input,
  async run(context, { release: id, accept, reason, watch, duringWatch }) {
    if (accept.length > 0 && !reason?.trim())
      fail('USAGE', {
        message: '--accept needs a --reason: it stays in history.',
        next: 'type the same again with --reason TEXT',
      });
    const { ports, environment } = await context.open();
    const done = await promoteRelease(ports, {
      release: id ?? null,
      accept,
      reason: reason ?? null,
      watch,
      duringWatch,
      signal: context.io.signal,
    });
    return rendered(
      outcomeRendering,
      outcomeDocument('promote', environment.settings.environment, done, context.typed),
    );
  },
});
