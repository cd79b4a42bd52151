import { resolve } from 'node:path';
import * as z from 'zod';
import type { DeployOptions } from '../engine/deploy.ts';
import { status } from '../engine/status.ts';
import { readPlan } from './plan-file.ts';
import { type Context, flag, type Option, release } from './verb.ts';

/** The options of build and deploy. */
export const buildOptions: readonly Option[] = [
  { flags: '--plan <file>', about: 'carry out a saved plan, or refuse when the world has moved' },
  { flags: '--select <selector>', about: 'build these nodes too, although they did not change' },
  { flags: '--supersede <release>', about: 'give up this release, which waits for promote' },
  { flags: '--give-up-rollback', about: 'build also in the place of all that could be gone back to' },
  { flags: '--allow-non-ff', about: 'also for a commit that does not descend from what is live' },
];

export const buildInput = z.object({
  plan: z.string().optional(),
  select: z.string().optional(),
  supersede: release.optional(),
  allowNonFf: flag,
  giveUpRollback: flag,
  duringWatch: flag,
});

type BuildInput = z.infer<typeof buildInput>;

/** What the engine is asked. On a terminal a person may give up a waiting release; elsewhere only --supersede does. */
export async function deployOptions(context: Context, command: string, input: BuildInput): Promise<DeployOptions> {
  const { ports } = await context.open();
  return {
    plan: input.plan === undefined ? null : await readPlan(resolve(context.io.cwd, input.plan)),
    select: input.select ?? null,
    allowNonFf: input.allowNonFf,
    giveUpRollback: input.giveUpRollback,
    supersede: input.supersede ?? (await mayGiveUp(context, (await status(ports)).candidate)),
    duringWatch: input.duringWatch,
    command,
    signal: context.io.signal,
  };
}

async function mayGiveUp(
  context: Context,
  candidate: Awaited<ReturnType<typeof status>>['candidate'],
): Promise<DeployOptions['supersede']> {
  const state = candidate?.state.state;
  if (!candidate || (state !== 'verified' && state !== 'waiting')) return false;
  const yes = await context.confirm(`${candidate.id} is ${state} and waits for promote. Give it up?`, false);
  return yes ? candidate.id : false;
}
