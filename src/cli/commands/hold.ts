import * as z from 'zod';
import type { Hold } from '../../domain/head.ts';
import { hold as set } from '../../engine/hold.ts';
import { rendered } from '../render/document.ts';
import { saidRendering } from '../render/said.ts';
import { flag, verb } from '../verb.ts';

/** What ended, for whoever waits for it. */
const released = (was: Hold | null): string => {
  const reverted = was?.reverted?.release;
  return was === null
    ? 'No hold was on.'
    : `The hold${reverted === undefined ? '' : ` on ${reverted}`} is released; deploy and promote may go on.`;
};

const input = z.object({
  release: flag,
  reason: z
    .string({ error: '--reason is missing: it stays in history' })
    .refine((text) => text.trim() !== '', { error: '--reason must not be empty: it stays in history' }),
});

export const hold = verb({
  name: 'hold',
  summary: 'stop deploy and promote, or let them again',
  about: `Stops deploy and promote at their start until it is released; plan, build, refresh and rollback go on. A rollback
sets one by itself, which ends by itself with a commit that reverts or fixes what was rolled back.`,
  arguments: [],
  options: [
    { flags: '--reason <text>', about: 'why, for everybody who is stopped by it' },
    { flags: '--release', about: 'end the hold there is' },
  ],
  examples: [
    ["lastgreen hold --reason 'month end'", 'nothing ships'],
    ["lastgreen hold --release --reason 'FIN-12 is fixed'", 'ship again'],
  ],
  input,
  async run(context, { release, reason }) {
    const { ports, environment } = await context.open();
    const { now, was } = await set(ports, { release, reason, signal: context.io.signal });
    return rendered(saidRendering, {
      schema: 'lastgreen/said/1',
      environment: environment.settings.environment,
      outcome: now ? 'held' : 'released',
      exit: 0,
      command: 'hold',
      release: (now ?? was)?.reverted?.release ?? null,
      says: now ? `Deploy and promote are stopped: ${now.reason}` : released(was),
      next: context.typed(now ? 'lastgreen hold --release --reason TEXT' : 'lastgreen plan'),
    });
  },
});
