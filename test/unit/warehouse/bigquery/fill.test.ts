import { describe, expect, it } from 'vitest';
import { objectId } from '../../../../src/domain/ids.ts';
import type { Relation } from '../../../../src/domain/relation.ts';
import type { Found } from '../../../../src/warehouse/bigquery/found.ts';
import { grantsOf, policyLike } from '../../../../src/warehouse/bigquery/grants.ts';
import { likeness } from '../../../../src/warehouse/bigquery/likeness.ts';
import { type Carried, meansOf, printOf } from '../../../../src/warehouse/bigquery/means.ts';
import { inOrder, refuseReading } from '../../../../src/warehouse/bigquery/order.ts';
import { tagged } from '../../../../src/warehouse/bigquery/protect.ts';
import { type TableResource, tableResource } from '../../../../src/warehouse/bigquery/resources.ts';

const relation = (identifier: string, location = 'shop__green'): Relation => ({
  location,
  database: 'p',
  schema: 'shop',
  identifier,
});

function table(dataset: string, created: number, more: Partial<Found> = {}): Found {
  return {
    relation: relation('orders', dataset),
    kind: 'table',
    columns: [],
    definition: null,
    protection: null,
    id: { project: 'p', dataset, table: 'orders' },
    object: objectId(`${dataset}.orders@${created}`),
    created,
    modified: created,
    rows: 1,
    bytes: 8,
    base: null,
    text: null,
    ddl: null,
    tags: [],
    ...more,
  };
}

const carried = (found: Found, origin: Found, depth: number): readonly [string, Carried] => [
  printOf(found),
  { print: printOf(found), origin: printOf(origin), depth, guards: '' },
];
const cloneOf = ({ id }: Found, at: number) => ({ base: { ...id, at } });

describe('the cheapest means to carry a table', () => {
  const blue = table('blue', 1);
  const green = table('green', 2, cloneOf(blue, 2));
  const grey = table('grey', 3, cloneOf(green, 3));
  const none = new Map<string, Carried>();

  it('is a clone of what is none', () => {
    expect(meansOf(blue, null, { records: none, known: [blue] })).toBe('clone');
  });

  it('is nothing where one was carried from the other, in either direction', () => {
    const records = new Map([carried(green, blue, 1)]);
    expect(meansOf(blue, green, { records, known: [blue, green] })).toBe('nothing');
    expect(meansOf(green, blue, { records, known: [blue, green] })).toBe('nothing');
  });

  it('is nothing where both were carried from the same', () => {
    const records = new Map([carried(green, blue, 1), carried(grey, blue, 2)]);
    expect(meansOf(grey, green, { records, known: [blue, green, grey] })).toBe('nothing');
  });

  it('is no longer nothing once somebody wrote to one of them', () => {
    const records = new Map([carried(green, blue, 1)]);
    const written = [table('blue', 1, { modified: 9 }), table('blue', 1, { rows: 2 }), table('blue', 9)];
    for (const source of written) expect(meansOf(source, green, { records, known: [source, green] })).toBe('clone');
    const target = table('green', 2, { ...cloneOf(blue, 2), modified: 9 });
    expect(meansOf(blue, target, { records, known: [blue, target] })).toBe('clone');
  });

  it('is a copy of what is as deep a clone as can be', () => {
    const red = table('red', 4, cloneOf(grey, 4));
    const known = [blue, green, grey, red];
    expect(meansOf(grey, null, { records: none, known })).toBe('clone');
    expect(meansOf(red, null, { records: none, known })).toBe('copy');
  });

  it('is a copy where nobody can tell how deep it is', () => {
    expect(meansOf(green, null, { records: none, known: [green] })).toBe('copy');
    // What has the name of the base was made after the clone was.
    expect(meansOf(green, null, { records: none, known: [green, table('blue', 7)] })).toBe('copy');
    expect(meansOf(green, null, { records: new Map([carried(green, blue, 1)]), known: [green] })).toBe('clone');
  });

  it('is a copy of what has too many clones', () => {
    const clones = Array.from({ length: 900 }, (_, n) => table(`d${n}`, 2, cloneOf(blue, 2)));
    expect(meansOf(blue, null, { records: none, known: [blue, ...clones] })).toBe('copy');
  });

  it('is to make a view anew, whatever is there', () => {
    const view = { kind: 'view', definition: 'select 1', text: 'select 1' };
    expect(meansOf(table('blue', 1, view), table('green', 1), { records: none, known: [] })).toBe('make');
  });
});

const resource = (more: object = {}): TableResource =>
  tableResource.parse({
    etag: 'e',
    tableReference: { projectId: 'p', datasetId: 'blue', tableId: 'orders' },
    type: 'TABLE',
    creationTime: '1',
    schema: { fields: [{ name: 'id', type: 'INTEGER' }] },
    ...more,
  });

const rules = { renamed: (name: string) => (name === 'blue' ? 'green' : null), references: true };
const patchOf = (source: object, target: object = {}) => likeness(resource(source), resource(target), rules);

describe('what makes a copy like its original', () => {
  it('is nothing where it is', () => {
    const said = { description: 'd', labels: { a: 'b' }, clustering: { fields: ['id'] } };
    expect(patchOf(said, said)).toEqual({ patch: null, unlike: [] });
  });

  it.each([
    ['its description', { description: 'd' }, {}, { description: 'd' }],
    ['no description', {}, { description: 'd' }, { description: null }],
    ['its labels, and no others', { labels: { a: '1' } }, { labels: { b: '2' } }, { labels: { a: '1', b: null } }],
    ['no expiration', {}, { expirationTime: '5' }, { expirationTime: null }],
    [
      'how long its partitions are kept',
      { timePartitioning: { type: 'DAY', field: 'day' } },
      { timePartitioning: { type: 'DAY', field: 'day', expirationMs: '60' } },
      { timePartitioning: { type: 'DAY', field: 'day', expirationMs: null } },
    ],
    [
      'policy tags of its columns',
      { schema: { fields: [{ name: 'id', type: 'INTEGER', policyTags: { names: ['t'] } }] } },
      {},
      { schema: { fields: [{ name: 'id', type: 'INTEGER', policyTags: { names: ['t'] } }] } },
    ],
    [
      'keys, which refer to what lies beside it',
      { tableConstraints: { foreignKeys: [{ referencedTable: { datasetId: 'blue', tableId: 'x' } }] } },
      { tableConstraints: { foreignKeys: [{ referencedTable: { datasetId: 'blue', tableId: 'x' } }] } },
      { tableConstraints: { foreignKeys: [{ referencedTable: { datasetId: 'green', tableId: 'x' } }] } },
    ],
  ])('is %s', (_, source, target, patch) => {
    expect(patchOf(source, target)).toEqual({ patch, unlike: [] });
  });

  it('may be more than can be changed', () => {
    const partitions = { timePartitioning: { type: 'DAY', field: 'day' } };
    expect(patchOf(partitions).unlike).toEqual(['timePartitioning']);
    expect(patchOf({ encryptionConfiguration: { kmsKeyName: 'k' } }).unlike).toEqual(['encryptionConfiguration']);
  });
});

const viewer = 'roles/bigquery.dataViewer';
const policy = (...members: readonly string[]) => ({ etag: 'x', bindings: [{ role: viewer, members: [...members] }] });
const told = (like: ReturnType<typeof policyLike>) => like && grantsOf(like).map(({ what }) => what);

describe('the grants of what takes the place of another', () => {
  it('are at least those of the other, in place of its own policy', () => {
    const like = policyLike(policy('user:ann'), policy('user:bob'), {});
    expect(told(like)).toEqual([`${viewer} to user:ann`, `${viewer} to user:bob`]);
    expect(like?.etag).toBe('x');
  });

  it('stay as they are where they are so already', () => {
    expect(policyLike(policy('user:ann'), policy('user:ann', 'user:bob'), {})).toBeNull();
  });

  it('leave out what is revoked, whatever the case of its name', () => {
    const revoked = [{ privilege: viewer.toUpperCase(), grantee: 'USER:ann' }];
    expect(policyLike(policy('user:ann'), policy(), { revoked })).toBeNull();
  });

  it('are only those of the other, and what is restored, where it comes back', () => {
    const restored = [{ privilege: viewer, grantee: 'user:cid' }];
    const like = policyLike(policy('user:ann'), policy('user:bob', 'user:cid'), { restored });
    expect(told(like)).toEqual([`${viewer} to user:ann`, `${viewer} to user:cid`]);
  });

  it('keep their conditions', () => {
    const condition = { expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' };
    const like = policyLike({ bindings: [{ role: viewer, members: ['user:ann'], condition }] }, policy('user:ann'), {});
    expect(like?.bindings).toHaveLength(2);
    expect(like?.bindings).toContainEqual({ role: viewer, members: ['user:ann'], condition });
  });
});

describe('the order in which views are made', () => {
  const made = (name: string, ...reads: readonly string[]) => ({
    relation: relation(name),
    reads: reads.map((read) => relation(read)),
  });

  it('has everything after what it reads, and what is free at once', () => {
    const groups = inOrder([made('c', 'b', 'a'), made('b', 'a', 'table'), made('a', 'table'), made('d')]);
    expect(groups.map((group) => group.map((one) => one.relation.identifier))).toEqual([['a', 'd'], ['b'], ['c']]);
  });

  it('is refused where there is none', () => {
    expect(() => inOrder([made('a', 'b'), made('b', 'a')])).toThrow('shop.a, p.shop.b read one another');
  });

  it('is refused where something is only there later', () => {
    expect(() => refuseReading([made('a', 'b')], [relation('b')])).toThrow('p.shop.a reads p.shop.b');
    expect(() => refuseReading([made('a', 'b')], [relation('b', 'shop__blue')])).not.toThrow();
  });
});

describe('policy tags', () => {
  it('are given to columns that have none, also to nested ones', () => {
    const fields = [
      { name: 'id', type: 'INTEGER' },
      { name: 'buyer', type: 'RECORD', fields: [{ name: 'mail', type: 'STRING' }] },
      { name: 'own', type: 'STRING', policyTags: { names: ['mine'] } },
    ];
    const tags = ['buyer.mail', 'own', 'gone'].map((column) => ({ column, tag: 'theirs' }));
    expect(tagged(fields, tags)).toEqual([
      { name: 'id', type: 'INTEGER' },
      { name: 'buyer', type: 'RECORD', fields: [{ name: 'mail', type: 'STRING', policyTags: { names: ['theirs'] } }] },
      { name: 'own', type: 'STRING', policyTags: { names: ['mine'] } },
    ]);
    expect(tagged(fields, [{ column: 'own', tag: 'theirs' }])).toBe(fields);
  });
});
