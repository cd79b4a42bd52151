import { type ErrorCode, LastgreenError } from '../../../src/domain/errors.ts';
import { type Command, commands } from './commands.ts';
import type { Effect, Fault, FaultKind } from './effects.ts';
import { brokenForReaders, brokenStory, lostRows } from './invariants.ts';
import { shop, withNode } from './project.ts';
import type { Ended, World } from './world.ts';

/** A command and what the world has been through before it. */
export interface Scenario {
  readonly name: string;
  readonly world: () => World;
  readonly before: (world: World) => Promise<void>;
  readonly command: Command;
}

/** Who comes afterwards, or meanwhile, and puts things right. */
export interface Recovery {
  readonly name: string;
  readonly command: Command;
}

/** What went wrong in one case, in words; nothing: all invariants hold. */
export interface Case {
  readonly effect: Effect;
  readonly kind: FaultKind;
  readonly recovery: string;
  readonly problems: readonly string[];
}

/** The effects of the command when nothing goes wrong. Throws when it does not succeed then. */
export async function effectsIn(scenario: Scenario): Promise<readonly Effect[]> {
  return (await recording(scenario)).effects;
}

/** The world before the command, and the command's effects. */
async function recording(scenario: Scenario): Promise<{ readonly world: World; readonly effects: readonly Effect[] }> {
  const world = scenario.world();
  await scenario.before(world);
  const fork = world.fork();
  const controller = fork.controller();
  const ended = await fork.run(controller, scenario.command);
  if (ended.is !== 'done') throw new Error(`${scenario.name} does not work without a fault`, { cause: ended });
  return { world, effects: controller.effects.seen };
}

/** Every effect with every kind of fault, each followed by every recovery, and by an ordinary day after one of them in turn. */
export async function matrix(
  scenario: Scenario,
  kinds: readonly FaultKind[],
  recoveries: readonly Recovery[],
): Promise<readonly Case[]> {
  const cases: Case[] = [];
  const { world, effects } = await recording(scenario);
  let faults = 0;
  for (const effect of effects)
    for (const kind of kinds) {
      faults += 1;
      for (const [i, recovery] of recoveries.entries()) {
        const one = { effect, kind, recovery, day: faults % recoveries.length === i };
        cases.push({
          effect,
          kind,
          recovery: recovery.name,
          problems: await replay(world.fork(), scenario, one),
        });
      }
    }
  return cases;
}

interface Played {
  readonly effect: Effect;
  readonly kind: FaultKind;
  readonly recovery: Recovery;
  /** Whether an ordinary day follows. */
  readonly day: boolean;
}

/** One case: the command with its fault, the recovery, then an ordinary day. */
async function replay(
  world: World,
  scenario: Pick<Scenario, 'name' | 'command'>,
  { effect, kind, recovery, day }: Played,
): Promise<readonly string[]> {
  const away = kind === 'stall' || kind === 'suspend';
  const problems: string[] = [];
  const recover = async (): Promise<void> => {
    problems.push(...bugsOf(recovery.name, await world.run(world.controller(), recovery.command), 'healthy'));
  };
  const meanwhile: Pick<Fault, 'meanwhile'> = away ? { meanwhile: () => recoverInside(world, recovery, problems) } : {};
  const ended = await world.run(world.controller({ at: effect.n, kind, ...meanwhile }), scenario.command);
  problems.push(...bugsOf(scenario.name, ended, 'faulted'));
  if (!away) await recover();
  problems.push(...brokenForReaders(world), ...lostRows(world));
  // Whoever comes next mends what the store does not know yet; then both tell the same story.
  problems.push(...bugsOf('the next resume', await world.run(world.controller(), commands.resume), 'healthy'));
  problems.push(...brokenStory(world), ...brokenForReaders(world), ...lostRows(world));
  if (day) problems.push(...(await ordinaryDay(world)));
  return [...new Set(problems)];
}

/** While another one is stopped the world is being driven already: the recovery only has to be started. */
async function recoverInside(world: World, recovery: Recovery, problems: string[]): Promise<void> {
  problems.push(...bugsOf(recovery.name, await world.start(world.controller(), recovery.command), 'healthy'));
}

/** A fix is committed and deployed: nothing that happened may stand in its way. */
async function ordinaryDay(world: World): Promise<readonly string[]> {
  const fix = world.commit(
    'a fix',
    withNode(withNode(shop, 'stg_customers', { text: 'fixed' }), 'mart_sales', { text: 'fixed' }),
  );
  const ended = await world.run(world.controller(), commands.deploy);
  if (ended.is !== 'done') return [`the next deploy ${describe(ended)}`];
  const shown = world.data.shown === fix ? [] : ['the next deploy is not what readers see'];
  return [...shown, ...brokenForReaders(world), ...brokenStory(world), ...lostRows(world)].map(
    (problem) => `after the next deploy: ${problem}`,
  );
}

/** What a command never says, whatever happened to it. */
const never: ReadonlySet<ErrorCode> = new Set(['BUG', 'STORE_CORRUPT']);

/** Nor, when nothing happened to itself: what went wrong before it must not stand in its way. */
const neverInHealth: ReadonlySet<ErrorCode> = new Set([
  ...never,
  'STORE_DOWN',
  'STORE_FULL',
  'WAREHOUSE_DOWN',
  'WAREHOUSE_DENIED',
  'LEASE_LOST',
  'NOT_RECORDED',
  'DBT_FAILED',
  'DBT_BROKEN',
  'BACK_REJECTED',
  'REJECTED',
]);

/** A foreseen failure is an answer; anything else that is thrown is a bug. */
export function bugsOf(who: string, ended: Ended<unknown>, health: 'healthy' | 'faulted'): readonly string[] {
  if (ended.is !== 'failed') return [];
  const codes = health === 'healthy' ? neverInHealth : never;
  const { error } = ended;
  return error instanceof LastgreenError && !codes.has(error.code) ? [] : [`${who} ${describe(ended)}`];
}

export function describe(ended: Ended<unknown>): string {
  if (ended.is !== 'failed') return ended.is;
  const { error } = ended;
  if (error instanceof LastgreenError) return `failed: ${error.code}: ${error.message}`;
  return `failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
