import { describe, expect, it } from 'vitest';
import type { State } from '../../../../src/domain/change.ts';
import { objectId } from '../../../../src/domain/ids.ts';
import type { Relation } from '../../../../src/domain/relation.ts';
import {
  doesOf,
  doing,
  fenceOf,
  looksOf,
  patchOf,
  type Repoint,
  repointsOf,
  slotOf,
} from '../../../../src/warehouse/bigquery/pointing.ts';
import { type TableResource, tableResource } from '../../../../src/warehouse/bigquery/resources.ts';

const places = { project: 'shop', serving: 'analytics', slots: ['analytics__blue', 'analytics__green'] };

const at = (location: string): Relation => ({ location, database: 'shop', schema: 'analytics', identifier: 'orders' });
const [name, blue, green] = [at('analytics'), at('analytics__blue'), at('analytics__green')];
const object = (id: string): State => ({ is: 'object', id: objectId(id) });

const change = (was: Relation | null, to: Relation | null, after: State = object('x')): Repoint => ({
  do: 'repoint',
  name,
  to,
  was,
  before: [[name, { is: 'absent' }]],
  after: [[name, to === null && after.is === 'object' && after.id === 'x' ? { is: 'absent' } : after]],
});

const resource = (more: object): TableResource =>
  tableResource.parse({
    etag: 'e',
    tableReference: { projectId: 'shop', datasetId: 'analytics', tableId: 'orders' },
    type: 'VIEW',
    creationTime: '1',
    lastModifiedTime: '2',
    ...more,
  });
const viewOf = (query: string) => resource({ view: { query } });
const pointer = (slot: string) => viewOf(`SELECT * FROM \`shop.analytics__${slot}.orders\``);

describe('what is to be done about a view of readers', () => {
  it('follows from what it says', () => {
    const forward = change(blue, green);
    expect(doesOf(places, forward, pointer('blue'))).toBe('point');
    expect(doesOf(places, forward, pointer('green'))).toBe('nothing');
    expect(doesOf(places, change(null, green), null)).toBe('create');
    expect(doesOf(places, change(blue, null), pointer('blue'))).toBe('drop');
    expect(doesOf(places, change(blue, null), null)).toBe('nothing');
  });

  it('is nothing where somebody else did something', () => {
    const forward = change(blue, green);
    const others = [viewOf('SELECT 1'), null, resource({ type: 'TABLE' }), pointer('grey'), viewOf('')];
    for (const found of others) expect(doesOf(places, forward, found)).toBe('foreign');
    expect(doesOf(places, change(null, green), viewOf('SELECT 1'))).toBe('foreign');
    expect(doesOf(places, change(blue, null), viewOf('SELECT 1'))).toBe('foreign');
  });

  it('takes the place of what was adopted, and of nothing else', () => {
    const first = change(null, green);
    const table = { dataset: 'analytics', table: 'orders', created: 1, modified: 2, text: null };
    const is = (adopted: typeof table | (Omit<typeof table, 'text'> & { text: string }), found: TableResource | null) =>
      doing(places, { change: first, adopted }, found);
    expect(is(table, resource({ type: 'TABLE' }))).toBe('replace');
    expect(is(table, resource({ type: 'TABLE', lastModifiedTime: '3' }))).toBe('foreign');
    expect(is(table, resource({ type: 'TABLE', creationTime: '2' }))).toBe('foreign');
    expect(is(table, null)).toBe('create');
    expect(is({ ...table, text: 'SELECT 1' }, viewOf('SELECT 1'))).toBe('point');
    expect(is({ ...table, text: 'SELECT 1' }, viewOf('SELECT 2'))).toBe('foreign');
  });

  it('gives back what was adopted', () => {
    const back = change(green, null, object('analytics.orders@1'));
    const adopted = { dataset: 'analytics', table: 'orders', created: 1, modified: 2, text: null };
    expect(doing(places, { change: back, adopted }, pointer('green'))).toBe('restore');
    expect(doing(places, { change: back, adopted }, null)).toBe('restore');
    expect(doing(places, { change: back, adopted }, resource({ type: 'TABLE', lastModifiedTime: '9' }))).toBe(
      'nothing',
    );
    expect(doing(places, { change: back, adopted }, viewOf('SELECT 1'))).toBe('foreign');
  });
});

describe('a cutover', () => {
  const plan = (changes: readonly Repoint[]) => ({ changes }) as unknown as Parameters<typeof repointsOf>[1];

  it('points views of readers to one slot', () => {
    expect(repointsOf(places, plan([change(blue, green)]))).toHaveLength(1);
    expect(slotOf(places, [change(blue, green), change(blue, null)])).toBe('analytics__green');
    expect(slotOf(places, [change(blue, null)])).toBeNull();
    expect(() => slotOf(places, [change(null, green), change(null, blue)])).toThrow(/one slot/);
    expect(() => repointsOf(places, plan([{ ...change(blue, green), name: green }]))).toThrow(/no view of analytics/);
    expect(() => repointsOf(places, plan([change(at('raw'), green)]))).toThrow(/no view of analytics/);
  });
});

describe('the change of a view', () => {
  const relation = resource({
    type: 'TABLE',
    description: 'all orders',
    labels: { team: 'shop', lastgreen_x: '1' },
    schema: {
      fields: [
        { name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'what it is', maxLength: '3' },
        { name: 'tags', type: 'STRING', mode: 'REPEATED', policyTags: { names: ['secret'] } },
        { name: 'at', type: 'RECORD', mode: 'REQUIRED', fields: [{ name: 'x', type: 'FLOAT', mode: 'REQUIRED' }] },
      ],
    },
  });

  it('tells all that the relation tells, as a view can', () => {
    const now = resource({ view: { query: 'SELECT 1' }, labels: { team: 'old', was: 'there', hand: 'made' } });
    const was = { description: '', labels: { team: 'old', was: 'there' }, fields: [] };
    const body = patchOf({
      text: 'SELECT 2',
      now,
      looks: { to: looksOf(relation), was },
      ours: { lastgreen_fence: '7' },
    });
    expect(body).toEqual({
      view: { query: 'SELECT 2', useLegacySql: false },
      description: 'all orders',
      labels: { team: 'shop', was: null, lastgreen_fence: '7' },
      schema: {
        fields: [
          { name: 'id', type: 'INTEGER', mode: 'NULLABLE', description: 'what it is' },
          { name: 'tags', type: 'STRING', mode: 'REPEATED', policyTags: { names: ['secret'] } },
          { name: 'at', type: 'RECORD', mode: 'NULLABLE', fields: [{ name: 'x', type: 'FLOAT', mode: 'NULLABLE' }] },
        ],
      },
    });
  });

  it('keeps what it tells where readers notice nothing', () => {
    const fields = [{ name: 'id', type: 'INTEGER', mode: 'NULLABLE', description: 'what it is' }];
    const now = resource({ view: { query: 'SELECT 1' }, schema: { fields } });
    expect(patchOf({ text: 'SELECT 2', now, looks: null, ours: { lastgreen_fence: '7' } })).toEqual({
      view: { query: 'SELECT 2', useLegacySql: false },
      schema: { fields },
      labels: { lastgreen_fence: '7' },
    });
  });

  it('tells who changed it last', () => {
    expect(fenceOf({ labels: { lastgreen_fence: '7' } })).toBe(7);
    expect(fenceOf({ labels: {} })).toBe(0);
  });
});
