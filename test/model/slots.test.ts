import { describe, expect, it } from 'vitest';
import { deploy } from '../../src/engine/deploy.ts';
import { commands } from './world/commands.ts';
import { servedBy } from './world/data.ts';
import { brokenForReaders, brokenStory, lostRows } from './world/invariants.ts';
import { shop, withNode } from './world/project.ts';
import { must } from './world/scenarios.ts';
import { newWorld, type World } from './world/world.ts';

/** Released as often as there are texts, each the first of stg_customers. */
async function released(slots: 2 | 3, ...texts: readonly string[]): Promise<World> {
  const world = newWorld({ mode: 'views-each', slots });
  for (const text of texts) {
    world.commit(text, withNode(shop, 'stg_customers', { text }));
    await must(world, 'deploy');
  }
  return world;
}

const broken = (world: World): readonly string[] => [
  ...brokenForReaders(world),
  ...brokenStory(world),
  ...lostRows(world),
];

const keptIn = async (world: World): Promise<readonly string[]> =>
  (await world.controller().ports.warehouse.kept()).map(({ release }) => release);

describe('slots that take turns behind views', () => {
  it('keep the last two releases where there are three', async () => {
    const world = await released(3, 'one', 'two', 'three', 'four');
    expect(await keptIn(world)).toHaveLength(2);
    await must(world, 'rollback');
    expect(world.readers().get('stg_customers')?.made).toContain('@three');
    expect(broken(world)).toEqual([]);
  });

  it('are not taken where all that could be gone back to is in the next one, unless told so', async () => {
    const world = await released(2, 'one', 'two');
    world.commit('three', withNode(shop, 'stg_customers', { text: 'three' }));
    expect(await world.run(world.controller(), commands.deploy)).toMatchObject({
      is: 'failed',
      error: { code: 'ONLY_WAY_BACK' },
    });
    expect(await keptIn(world)).toHaveLength(1);
    const told = { select: null, allowNonFf: false, plan: null, supersede: true, duringWatch: true } as const;
    const ended = await world.run(world.controller(), (ports, signal) =>
      deploy(ports, { ...told, giveUpRollback: true, command: 'deploy', signal }),
    );
    expect(ended.is).toBe('done');
    expect(world.readers().get('stg_customers')?.made).toContain('@three');
    expect(broken(world)).toEqual([]);
  });

  it('let readers go back and keep what was written since, in a third or in the kept one itself', async () => {
    for (const slots of [2, 3] as const) {
      const world = await released(slots, 'one', 'two');
      const [node] = shop.nodes.filter(({ materialized }) => materialized === 'incremental');
      if (!node) throw new Error('the shop has no incremental model');
      world.writeLive(node.name, ['written since']);
      const before = servedBy(world.data)?.location;
      await must(world, 'rollback');
      expect(world.readers().get('stg_customers')?.made).toContain('@one');
      expect(servedBy(world.data)?.location).not.toBe(before);
      expect(world.readers().get(node.name)?.rows).toContain('written since');
      expect(broken(world)).toEqual([]);
    }
  });
});
