import { commands, type Verb } from './commands.ts';
import { faultKinds } from './effects.ts';
import { describe, matrix, type Recovery, type Scenario } from './matrix.ts';
import type { Mode } from './modes.ts';
import { type Project, shop, withNode } from './project.ts';
import { newWorld, type World } from './world.ts';

/** A table in the middle is another one, and what reads it. */
export const changed: Project = withNode(shop, 'stg_customers', { text: 'v2' });

/** Runs a command that has to work. */
export async function must(world: World, verb: Verb): Promise<void> {
  const ended = await world.run(world.controller(), commands[verb]);
  if (ended.is !== 'done') throw new Error(`${verb} ${describe(ended)}`);
}

/** One release is live and green. */
const released = async (world: World): Promise<void> => {
  await must(world, 'deploy');
  world.load('customers', ['customer 3']);
  world.commit('change customers', changed);
};
const built = async (world: World): Promise<void> => {
  await released(world);
  await must(world, 'build');
};
const twoReleased = async (world: World): Promise<void> => {
  await released(world);
  await must(world, 'deploy');
  world.load('customers', ['customer 4'], ['customer 1']);
};
/** A cutover that stopped in the middle where there is a middle, else before its end was written down. */
const cutInTheMiddle = async (world: World): Promise<void> => {
  await built(world);
  const twin = world.fork();
  const recorder = twin.controller();
  await twin.run(recorder, commands.promote);
  const cutting = recorder.effects.seen.filter(({ name }) => name.startsWith('warehouse.cutover'));
  const at = cutting[Math.floor((cutting.length - 1) / 2)]?.n ?? 1;
  await world.run(world.controller({ at, kind: 'after' }), commands.promote);
};

const situations: Readonly<Record<string, { readonly before: (world: World) => Promise<void>; readonly verb: Verb }>> =
  {
    'first deploy': { before: async () => undefined, verb: 'deploy' },
    deploy: { before: released, verb: 'deploy' },
    promote: { before: built, verb: 'promote' },
    abort: { before: built, verb: 'abort' },
    rollback: { before: twoReleased, verb: 'rollback' },
    'resume of a cutover': { before: cutInTheMiddle, verb: 'resume' },
    'rollback of a cutover': { before: cutInTheMiddle, verb: 'rollback' },
  };

export const situationNames = Object.keys(situations);

export function scenario(name: string, mode: Mode): Scenario {
  const situation = situations[name];
  if (!situation) throw new Error(`there is no scenario ${name}`);
  return { name, world: () => newWorld({ mode }), before: situation.before, command: commands[situation.verb] };
}

/** Whoever comes afterwards: by hand, by a person in a hurry, or another job. */
export const recoveries: readonly Recovery[] = (['resume', 'rollback', 'deploy'] as const).map((verb) => ({
  name: verb,
  command: commands[verb],
}));

export interface Verdict {
  readonly cases: number;
  /** One line for each case in which something does not hold. */
  readonly broken: readonly string[];
}

/** Every effect of the scenario's command × every kind of fault × every recovery. */
export async function everyFault(name: string, mode: Mode): Promise<Verdict> {
  // A suspended machine differs from a stopped process in its clock only: asked where changes are published.
  const kinds =
    name === 'promote' || name === 'rollback' ? faultKinds : faultKinds.filter((kind) => kind !== 'suspend');
  const cases = await matrix(scenario(name, mode), kinds, recoveries);
  const broken = cases
    .filter(({ problems }) => problems.length > 0)
    .map(
      ({ effect, kind, recovery, problems }) =>
        `${effect.n} ${effect.name} / ${kind} / ${recovery}:\n    ${problems.join('\n    ')}`,
    );
  return { cases: cases.length, broken };
}
