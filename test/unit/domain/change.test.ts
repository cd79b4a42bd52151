import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, reverseChanges, type State } from '../../../src/domain/change.ts';
import { objectId } from '../../../src/domain/ids.ts';
import { observe } from '../../../src/domain/observe.ts';
import { isRelation, type Name, nameKey, type Relation } from '../../../src/domain/relation.ts';

const name = (identifier: string, schema = 'main'): Relation => ({ location: '', database: 'db', schema, identifier });
const object = (id: string): State => ({ is: 'object', id: objectId(id) });
const absent: State = { is: 'absent' };
type World = Map<string, State>;

const stateIn =
  (world: World) =>
  (of: Name): State =>
    world.get(nameKey(of)) ?? absent;
const world = (...there: readonly (readonly [Relation, string])[]): World =>
  new Map(there.map(([of, id]) => [nameKey(of), object(id)]));

const exchange = (a: Relation, b: Relation, idA: string, idB: string): Change => ({
  do: 'exchange',
  a,
  b,
  before: [
    [a, object(idA)],
    [b, object(idB)],
  ],
  after: [
    [a, object(idB)],
    [b, object(idA)],
  ],
});
const move = (from: Relation, to: Relation, id: string): Change => ({
  do: 'move',
  what: 'relation',
  from,
  to,
  before: [
    [from, object(id)],
    [to, absent],
  ],
  after: [
    [from, absent],
    [to, object(id)],
  ],
});

/** As an engine would carry it out. */
function apply(to: World, change: Change): World {
  const next = new Map(to);
  for (const [of, state] of change.after) next.set(nameKey(of), state);
  return next;
}

const live = (i: number) => name(`t${i}`);
const idle = (i: number) => name(`t${i}`, 'green');
const kept = (i: number) => name(`t${i}`, 'kept');
/** Every relation changes places with its successor; then the old ones are set aside. */
const cutover = (n: number): readonly Change[] => [
  ...Array.from({ length: n }, (_, i) => exchange(live(i), idle(i), `old${i}`, `new${i}`)),
  ...Array.from({ length: n }, (_, i) => move(idle(i), kept(i), `old${i}`)),
];
const start = (n: number): World =>
  world(
    ...Array.from(
      { length: n },
      (_, i) =>
        [
          [live(i), `old${i}`],
          [idle(i), `new${i}`],
        ] as const,
    ).flat(),
  );

describe('how far a cutover has come', () => {
  it('is told at every point of it, however many changes there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (n, at) => {
        const changes = cutover(n);
        const done = at % (changes.length + 1);
        const now = changes.slice(0, done).reduce(apply, start(n));
        const seen = observe(changes, stateIn(now));
        expect(seen.todo).toEqual(changes.slice(done));
        expect(seen.state).toBe(done === 0 ? 'not-started' : done === changes.length ? 'done' : 'partly');
      }),
    );
  });

  it('can be undone from every point of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (n, at) => {
        const changes = cutover(n);
        const done = changes.slice(0, at % (changes.length + 1));
        const after = reverseChanges(done).reduce(apply, done.reduce(apply, start(n)));
        expect(observe(changes, stateIn(after)).state).toBe('not-started');
      }),
    );
  });

  it('is foreign when somebody else changed a name', () => {
    const changes = cutover(2);
    const now = new Map(start(2)).set(nameKey(live(1)), object('somebody'));
    expect(observe(changes, stateIn(now))).toMatchObject({ state: 'foreign', foreign: [live(1)] });
  });

  it('is told although a view is defined anew with the text that it had, which nobody can see', () => {
    const view = name('totals');
    const text: State = { is: 'view', text: 'the same' };
    const same = [[view, text] as const];
    const define: Change = { do: 'define', view, sql: 'the same', was: 'the same', before: same, after: same };
    const changes = [...cutover(1).slice(0, 1), define];
    const before = new Map(start(1)).set(nameKey(view), text);
    expect(observe(changes, stateIn(before))).toMatchObject({ state: 'not-started', todo: changes, done: [] });
    const swapped = changes.slice(0, 1).reduce(apply, before);
    expect(observe(changes, stateIn(swapped))).toMatchObject({ state: 'done', todo: [define], done: changes });
  });

  it('is told between the statements of a change, which is begun and not done', () => {
    const changes = cutover(2);
    const now = new Map(start(2)).set(nameKey(live(0)), object('new0'));
    expect(observe(changes, stateIn(now))).toMatchObject({ state: 'partly', todo: changes, done: changes.slice(0, 1) });
  });

  it('is done when there is nothing to change', () => {
    expect(observe([], stateIn(new Map())).state).toBe('done');
  });
});

it('cannot be undone where nothing was live before', () => {
  const file = { location: '/data/shop.db', database: 'shop', schema: null };
  const first: Change = {
    do: 'point',
    name: file,
    to: { ...file, location: '/r1' },
    was: null,
    before: [[file, absent]],
    after: [[file, object('r1')]],
  };
  expect(isRelation(file)).toBe(false);
  expect(() => reverseChanges([first])).toThrowError('nothing was live before');
});
