import { describe, expect, it } from 'vitest';
import { LastgreenError } from '../../src/domain/errors.ts';
import type { Relation } from '../../src/domain/relation.ts';
import { commands } from './world/commands.ts';
import { type Data, keyIn, putThing, repoint, setThing, thingsIn } from './world/data.ts';
import { brokenStory } from './world/invariants.ts';
import { changed, must } from './world/scenarios.ts';
import { newWorld, type World } from './world/world.ts';

/** A view that readers use, and what it points to. */
type Pointer = Data['pointers'] extends Map<string, infer P> ? P : never;

const pointersOf = ({ data }: World): readonly Pointer[] => [...data.pointers.values()];

/** Somebody puts a table of their own under a name that readers use. */
function edit({ data }: World, { at }: Pointer): void {
  repoint(data, at, null);
  putThing(data, at, { kind: 'table', of: 'nobody', text: 'by hand', made: 'by hand', rows: ['by hand'], reads: [] });
}

function putBack({ data }: World, { at, to }: Pointer): void {
  setThing(data, at, null);
  repoint(data, at, to);
}

const isByHand = ({ data }: World, at: Relation): boolean =>
  thingsIn(data, data.live).some((found) => keyIn(found.at) === keyIn(at) && found.thing.text === 'by hand');

/** A release waits for its cutover. */
async function waiting(): Promise<World> {
  const world = newWorld({ mode: 'views-each' });
  await must(world, 'deploy');
  world.commit('change customers', changed);
  await must(world, 'build');
  return world;
}

/** Edits the first of some views that still points where it did, after so many moments that readers could see. */
function editAfter(world: World, moments: number, pick: number): { edited: () => Pointer | null } {
  const before = pointersOf(world);
  const tell = world.data.visible;
  let left = moments;
  let edited: Pointer | null = null;
  world.data.visible = (after, fence) => {
    tell(after, fence);
    left -= 1;
    if (left > 0 || edited !== null) return;
    const todo = before.filter(({ at, to }) => world.data.pointers.get(keyIn(at))?.to === to);
    edited = todo[pick % Math.max(todo.length, 1)] ?? null;
    if (edited !== null) edit(world, edited);
  };
  return { edited: () => edited };
}

const outcome = async (world: World, verb: keyof typeof commands): Promise<string> => {
  const ended = await world.run(world.controller(), commands[verb]);
  if (ended.is !== 'failed') return ended.is;
  return ended.error instanceof LastgreenError ? ended.error.code : String(ended.error);
};

describe('somebody who edits a view in the middle of a cutover', () => {
  it('is never overwritten, and the rest is taken back, or finished once it is put back', async () => {
    const start = await waiting();
    const all = pointersOf(start).length;
    let cases = 0;
    for (let moments = 1; moments < all; moments++)
      for (let pick = 0; pick < all - moments; pick++) {
        const world = start.fork();
        const was = world.readers();
        const { edited } = editAfter(world, moments, pick);
        const ended = await outcome(world, 'promote');
        const view = edited();
        if (view === null) throw new Error(`nothing was left to edit after ${moments}`);
        const told = `after ${moments}, ${view.at.identifier}`;
        expect([told, ended]).toEqual([told, 'INDETERMINATE']);
        expect([told, isByHand(world, view.at)]).toEqual([told, true]);
        expect([told, await outcome(world, 'resume')]).toEqual([told, 'INDETERMINATE']);

        const finished = world.fork();
        putBack(finished, view);
        expect([told, await outcome(finished, 'resume')]).toEqual([told, 'done']);
        expect([told, brokenStory(finished)]).toEqual([told, []]);
        expect([told, finished.readers().get('stg_customers')?.made]).toEqual([told, expect.stringContaining('@v2')]);

        expect([told, await outcome(world, 'rollback')]).toEqual([told, 'done']);
        expect([told, isByHand(world, view.at)]).toEqual([told, true]);
        putBack(world, view);
        expect([told, world.readers()]).toEqual([told, was]);
        expect([told, brokenStory(world)]).toEqual([told, []]);
        cases += 1;
      }
    expect(cases).toBeGreaterThan(10);
  });
});
