import { describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { commands } from './world/commands.ts';
import { type Thing } from './world/data.ts';
import { faultKinds } from './world/effects.ts';
import { brokenForReaders, brokenStory, historyOf, lostRows } from './world/invariants.ts';
import { modes } from './world/modes.ts';
import { shop, withNode } from './world/project.ts';
import { changed, must } from './world/scenarios.ts';
import { newWorld, type World } from './world/world.ts';

describe.each(modes)('the model world, %s', (mode) => {
  it('shows readers a release, the next one, and the first one again', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    expect([...world.readers().keys()]).toEqual(expect.arrayContaining(shop.nodes.map(({ name }) => name)));
    expect(world.readers().get('mart_sales')?.rows).toContain('customer 1');
    world.commit('change customers', changed);
    await must(world, 'deploy');
    expect(world.readers().get('mart_sales')?.made).toContain('stg_customers@v2');
    await must(world, 'rollback');
    expect(world.readers().get('mart_sales')?.made).toContain('stg_customers@v1');
    expect([...brokenForReaders(world), ...brokenStory(world), ...lostRows(world)]).toEqual([]);
  });

  it('keeps live as it is when dbt fails, and when a test does', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    for (const change of [{ broken: true }, { failsTest: true }]) {
      world.commit('break it', withNode(shop, 'stg_customers', { text: 'broken', ...change }));
      expect(await world.run(world.controller(), commands.deploy)).toMatchObject({
        is: 'failed',
        error: { code: 'broken' in change ? 'DBT_FAILED' : 'REJECTED' },
      });
    }
    expect(world.readers().get('stg_customers')?.made).toContain('@v1');
    expect([...brokenForReaders(world), ...brokenStory(world)]).toEqual([]);
  });

  it('lets nobody claim twice, and nobody cut over under a number that was passed', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    const { warehouse } = world.controller().ports;
    const claimed = (await warehouse.standing()).claimed;
    await expect(warehouse.claim(claimed, null)).rejects.toBeInstanceOf(WarehouseError);
    const { mark } = world.data;
    if (!mark) throw new Error('nothing is live');
    const plan = { release: mark.release, changes: [], visible: 0, kept: [], mark: { ...mark, lineage: 'another' } };
    const cutting = warehouse.cutover(plan, { fence: fence(claimed - 1), seal: null, live: null });
    await expect(cutting).rejects.toMatchObject({ is: 'fenced' });
    expect(world.data.mark).toEqual(mark);
  });

  it('counts the same effects in every run, and every kind of fault happens', async () => {
    const names = async (): Promise<readonly string[]> => {
      const world = newWorld({ mode });
      const controller = world.controller();
      await world.run(controller, commands.deploy);
      return controller.effects.seen.map(({ name }) => name);
    };
    const first = await names();
    expect(await names()).toEqual(first);
    const at = first.findIndex((name) => name === 'warehouse.seal r1') + 1;
    for (const kind of faultKinds) {
      const world = newWorld({ mode });
      let others = 0;
      const meanwhile = async (): Promise<void> => void others++;
      const ended = await world.run(world.controller({ at, kind, meanwhile }), commands.deploy);
      const isAway = kind === 'stall' || kind === 'suspend';
      expect(others).toBe(isAway ? 1 : 0);
      expect(world.time.nowMs()).toBeGreaterThanOrEqual(isAway ? 120_000 : 0);
      expect(ended.is === 'died').toBe(kind === 'before' || kind === 'after');
    }
  });

  it('goes on twice from one moment, each time by itself', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    const twin = world.fork();
    twin.commit('change customers', changed);
    await must(twin, 'deploy');
    expect(twin.readers().get('stg_customers')?.made).toContain('@v2');
    expect(world.readers().get('stg_customers')?.made).toContain('@v1');
    expect(historyOf(world).order).toHaveLength(1);
  });

  /** What a write by hand would do that no part of lastgreen does. */
  const tamper = (world: World, of: string, change: Partial<Thing>): void => {
    for (const file of world.data.files.values())
      for (const [key, { at, thing }] of file.things)
        if (thing.of === of) file.things.set(key, { at, thing: { ...thing, ...change } });
  };

  it('notices a mix', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    tamper(world, 'stg_customers', { made: 'something else' });
    world.load('orders', []);
    expect(brokenForReaders(world).join()).toContain('stg_customers is something else');
  });

  it('notices rows that vanish and that nothing makes again', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    tamper(world, 'stg_customers', { rows: [] });
    expect(lostRows(world)).toEqual([]);
    tamper(world, 'snap_customers', { rows: [] });
    expect(lostRows(world).join()).toContain('snap_customers lost customer 1');
  });

  it('notices a story that is not the mark’s', async () => {
    const world = newWorld({ mode });
    await must(world, 'deploy');
    expect(brokenStory(world)).toEqual([]);
    const { mark } = world.data;
    world.data.mark = mark && { ...mark, release: releaseOf(fence(9)) };
    expect(brokenStory(world).join()).toContain('the mark says r9');
  });
});
