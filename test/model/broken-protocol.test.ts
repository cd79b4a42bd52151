import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/ports.ts';
import { type Command, commands, type Verb } from './world/commands.ts';
import { brokenForReaders, brokenStory } from './world/invariants.ts';
import { type Mode, modes } from './world/modes.ts';
import { changed, must } from './world/scenarios.ts';
import { newWorld, type WorldOptions } from './world/world.ts';

/** As if the command never looked whether its lease still holds: for it no time passes. */
const withoutRenewal =
  (command: Command): Command =>
  (ports, signal) => {
    const start = ports.clock.now();
    const blind: Ports = { ...ports, clock: { ...ports.clock, now: () => start, elapsedMs: () => 0 } };
    return command(blind, signal);
  };

/** A promote that is stopped right before its cutover, while somebody else takes its lease over, and then goes on. */
async function overtaken(
  mode: Mode,
  by: Verb,
  command: Command,
  o: Omit<WorldOptions, 'mode'> = {},
): Promise<readonly string[]> {
  const world = newWorld({ mode, ...o });
  await must(world, 'deploy');
  world.commit('change customers', changed);
  await must(world, 'build');
  const recording = world.fork();
  const recorder = recording.controller();
  await recording.run(recorder, commands.promote);
  const at = recorder.effects.seen.find(({ name }) => name.startsWith('warehouse.cutover'))?.n ?? 0;
  const meanwhile = async (): Promise<void> => {
    await world.start(world.controller(), commands[by]);
  };
  await world.run(world.controller({ at, kind: 'stall', meanwhile }), command);
  return [...brokenForReaders(world), ...brokenStory(world)];
}

describe.each(modes)('a holder that slept through the loss of its lease, on a warehouse of the kind %s', (mode) => {
  it.each(['resume', 'rollback', 'deploy'] as const)('changes nothing any more after somebody’s %s', async (by) => {
    expect(await overtaken(mode, by, commands.promote)).toEqual([]);
  });

  it.each(['resume', 'rollback', 'deploy'] as const)(
    'changes nothing after somebody’s %s even if it never looks at its lease: the warehouse stops it',
    async (by) => {
      expect(await overtaken(mode, by, withoutRenewal(commands.promote))).toEqual([]);
    },
  );

  it('would be noticed here if the fence were checked in the store only', async () => {
    const broken = await overtaken(mode, 'resume', withoutRenewal(commands.promote), { fence: 'store-only' });
    expect(broken.join('\n')).toMatch(/changed under \d+ when \d+ was claimed/);
  });
});
