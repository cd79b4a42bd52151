import * as z from 'zod';
import { fail } from '../../domain/errors.ts';
import { quoted } from '../../domain/shell.ts';
import { rollbackWithoutStore } from '../../engine/blind.ts';
import { rollback as goBack } from '../../engine/rollback.ts';
import { rendered } from '../render/document.ts';
import { rolledBackDocument, rolledBackRendering } from '../render/rolled-back.ts';
import { flag, release, verb } from '../verb.ts';

const time = z.string().transform((text, context): Date => {
  const found = new Date(text);
  if (!Number.isNaN(found.getTime())) return found;
  context.issues.push({ code: 'custom', input: text, message: `${text} is no time; write it as 2026-11-21T10:15:00` });
  return z.NEVER;
});

const input = z.object({
  to: release.optional(),
  at: time.optional(),
  strategy: z
    .enum(['swap', 'rebuild', 'time-travel'], { error: '--strategy must be swap, rebuild or time-travel' })
    .optional(),
  acceptLoss: z.array(z.string()).default([]),
  reason: z.string().optional(),
  dryRun: flag,
  withoutStore: flag,
});

type Input = z.infer<typeof input>;

export const rollback = verb({
  name: 'rollback',
  summary: 'give readers the last green release again, from any state',
  about: `Takes readers back to the newest green release before the one they have. Right from any state: it reverses a
cutover under way, stops a build that holds the lease, and picks the fastest valid way. It asks nothing; where rows
would be lost that cannot be made again it stops and says which. It leaves a hold: deploy and promote stop until a
commit fixes or reverts what was rolled back.`,
  arguments: [],
  options: [
    { flags: '--to <release>', about: 'back to this release, or forward again' },
    {
      flags: '--at <time>',
      about: 'to what was live at this time, such as 2026-11-21T10:15:00, with its rows where the warehouse has them',
    },
    { flags: '--strategy <name>', about: 'swap, rebuild or time-travel (default: the fastest valid one)' },
    { flags: '--accept-loss <node>', about: 'let the new rows of this node go', repeats: true },
    { flags: '--reason <text>', about: 'why, for history' },
    { flags: '--dry-run', about: 'only tell what would happen' },
    { flags: '--without-store', about: 'when the store is down: by what the warehouse knows' },
  ],
  examples: [
    ['lastgreen rollback', 'at 3 a.m.'],
    ['lastgreen rollback --dry-run', 'what would go back, and how far'],
    ['lastgreen rollback --to r40', 'further back'],
    ['lastgreen rollback --at 2026-11-21T10:15:00 --dry-run', 'to the rows of then, and since when there are some'],
    ['lastgreen rollback --strategy rebuild', 'from the last green commit, with dbt'],
  ],
  input,
  async run(context, asked) {
    refuseContradictions(asked);
    const { ports, environment } = await context.open();
    const done = asked.withoutStore
      ? await rollbackWithoutStore(ports, { to: asked.to ?? null, acceptLoss: asked.acceptLoss })
      : await goBack(ports, {
          to: asked.to ?? null,
          at: asked.at ?? null,
          strategy: asked.strategy ?? null,
          acceptLoss: asked.acceptLoss,
          because: asked.reason ?? null,
          dryRun: asked.dryRun,
          signal: context.io.signal,
        });
    const about = {
      environment: environment.settings.environment,
      strategy: asked.strategy ?? null,
      dryRun: asked.dryRun,
      flags: flagsOf(asked),
      now: ports.clock.now().toISOString(),
    };
    return rendered(rolledBackRendering, rolledBackDocument(done, about, context.typed));
  },
});

function refuseContradictions({ to, at, withoutStore, strategy, dryRun }: Input): void {
  const next = 'lastgreen rollback --help';
  if (to !== undefined && at !== undefined) fail('USAGE', { message: '--to and --at ask for two places.', next });
  if (withoutStore && (at !== undefined || dryRun || (strategy !== undefined && strategy !== 'swap')))
    fail('USAGE', { message: '--without-store can only swap back; it goes with --to and --accept-loss.', next });
}

/** As they would be typed. */
const flagsOf = ({ to, at, strategy, acceptLoss, withoutStore }: Input): string =>
  [
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...(at === undefined ? [] : [`--at ${at.toISOString()}`]),
    ...(strategy === undefined ? [] : [`--strategy ${strategy}`]),
    ...acceptLoss.map((node) => `--accept-loss ${quoted(node)}`),
    ...(withoutStore ? ['--without-store'] : []),
  ]
    .map((flag) => ` ${flag}`)
    .join('');
