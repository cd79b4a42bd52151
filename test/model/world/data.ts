import { createHash } from 'node:crypto';
import type { State } from '../../../src/domain/change.ts';
import type { Mark } from '../../../src/domain/cutover.ts';
import { type ObjectId, objectId, type ReleaseId, type Sha } from '../../../src/domain/ids.ts';
import {
  type Container,
  contains,
  isRelation,
  type Name,
  nameKey,
  type Relation,
  sameName,
} from '../../../src/domain/relation.ts';
import { isPlaced, type Mode, mannerOf } from './modes.ts';
import type { Names } from './project.ts';

/** A table or view. Never changed, only replaced. */
export interface Thing {
  readonly id: ObjectId;
  readonly kind: 'table' | 'view';
  /** The node or source table whose definition it has. */
  readonly of: string;
  readonly text: string;
  /** What it was made of, all the way up, when it was written. A view's is asked when it is read. */
  readonly made: string;
  readonly rows: readonly string[];
  /** Of a view. By name: in the view's own file, or at the location that the name says. */
  readonly reads: readonly ({ readonly name: Relation } | { readonly id: ObjectId; readonly name: Relation })[];
  /** Grows with every write in the world. */
  readonly version: number;
}

/** One file of an embedded engine; a server has only one, at location ''. */
export interface File {
  readonly id: ObjectId;
  readonly things: Map<string, { readonly at: Relation; readonly thing: Thing }>;
  /** What readers had while it was live; null: they never had it. */
  was: { readonly release: ReleaseId; readonly sha: Sha } | null;
}

/** All that lies in the warehouse, whoever asks. */
export interface Data {
  readonly mode: Mode;
  readonly live: Container;
  /** Where releases are built: more than one where they take turns. */
  readonly slots: readonly Container[];
  readonly files: Map<string, File>;
  readonly links: Map<string, string>;
  /** What readers' views point to, by their names. */
  readonly pointers: Map<string, { readonly at: Relation; readonly to: Relation }>;
  /** Locations of slots that were live; the last one is. */
  turns: readonly string[];
  /** Schemas that were made and may be empty, with what they are whatever they are called. */
  readonly schemas: Map<string, ObjectId>;
  /** Kept schemas: whose content each holds. */
  readonly kept: Map<string, { readonly container: Container; readonly release: ReleaseId; readonly sha: Sha }>;
  mark: Mark | null;
  claimed: number;
  /** Readers see a part of a cutover: only where changes are made one by one. */
  underWay: boolean;
  /** The commit that readers should see the whole of. */
  shown: Sha | null;
  count: number;
  /** Told after every change of what readers get. */
  visible: (what: string, fence: number | null) => void;
}

const RAW = '/model/raw';

export function newData(mode: Mode, slots: 2 | 3 = 3): Data {
  const isFile = isPlaced(mode);
  const side = (location: string, schema: string): Container => ({
    location: isFile ? location : '',
    database: 'shop',
    schema: isFile ? null : schema,
  });
  const others = mode === 'views-each' ? ['/model/blue', '/model/grey'] : [];
  const data: Data = {
    mode,
    live: side('/model/live', 'main'),
    slots: ['/model/green', ...others.slice(0, slots - 1)].map((location) => side(location, 'main__green')),
    files: new Map(),
    links: new Map(),
    pointers: new Map(),
    turns: [],
    schemas: new Map(),
    kept: new Map(),
    mark: null,
    claimed: 0,
    underWay: false,
    shown: null,
    count: 0,
    visible: () => undefined,
  };
  data.files.set(isFile ? RAW : '', newFile(data));
  // What is there without a view that points to it.
  if (mode === 'views-each') data.files.set(data.live.location, newFile(data));
  return data;
}

/** All of it at this moment, by itself. Two names of one file stay two names of one. */
export function copyOfData(data: Data): Data {
  const copies = new Map([...data.files.values()].map((file) => [file, { ...file, things: new Map(file.things) }]));
  return {
    ...data,
    files: new Map([...data.files].map(([location, file]) => [location, copies.get(file) ?? file])),
    links: new Map(data.links),
    pointers: new Map(data.pointers),
    schemas: new Map(data.schemas),
    kept: new Map(data.kept),
  };
}

export const newId = (data: Data): ObjectId => objectId(`o${++data.count}`);
export const newFile = (data: Data): File => ({ id: newId(data), things: new Map(), was: null });

/** What dbt calls things for one side; the connection's location is not in it. */
export function namesOf(data: Data, side: 'live' | 'idle'): Names {
  const isFile = isPlaced(data.mode);
  const { schema } = sideOf(data, side);
  return {
    relation: (identifier) => ({ location: '', database: 'shop', schema: schema ?? 'main', identifier }),
    source: (identifier) =>
      isFile
        ? { location: RAW, database: 'raw', schema: 'main', identifier }
        : { location: '', database: 'shop', schema: 'raw', identifier },
  };
}

/** Of the slots: not the one that is live, and of the others the one that was live longest ago. */
export function turnOf({ slots, turns }: Pick<Data, 'slots' | 'turns'>): number {
  const age = slots.map(({ location }) => turns.indexOf(location));
  return age.indexOf(Math.min(...age));
}

export function sideOf(data: Data, side: 'live' | 'idle'): Container {
  const found = side === 'live' ? data.live : data.slots[turnOf(data)];
  if (found === undefined) throw new RangeError('there is no such side');
  return found;
}

/** With the place that the connection of a side fixes. */
export const placed = (data: Data, side: 'live' | 'idle', relation: Relation): Relation => {
  const { database, location } = sideOf(data, side);
  return relation.database === database ? { ...relation, location } : relation;
};

/** The file at a location, also through the pointer. */
export const fileAt = (data: Data, location: string): File | null =>
  data.files.get(data.links.get(location) ?? location) ?? null;

export const keyIn = ({ schema, identifier }: Relation): string => JSON.stringify([schema, identifier]);

/** What a view that readers use points to; null: it is none. */
export const pointedAt = (data: Data, relation: Relation): Relation | null =>
  relation.location === data.live.location ? (data.pointers.get(keyIn(relation))?.to ?? null) : null;

export const thingAt = (data: Data, relation: Relation): Thing | null => {
  const at = pointedAt(data, relation) ?? relation;
  return fileAt(data, at.location)?.things.get(keyIn(at))?.thing ?? null;
};

/** Writes a table or view under a name; an engine that is given a file that is not there makes it. */
export function putThing(data: Data, name: Relation, made: Omit<Thing, 'id' | 'version'>, id?: ObjectId): void {
  const at = pointedAt(data, name) ?? name;
  const file = fileAt(data, at.location) ?? newFile(data);
  if (!fileAt(data, at.location)) data.files.set(at.location, file);
  file.things.set(keyIn(at), { at, thing: { ...made, id: id ?? newId(data), version: ++data.count } });
}

/** Puts an object under another name as it is; null: under none. */
export function setThing(data: Data, at: Relation, thing: Thing | null): void {
  const file = fileAt(data, at.location);
  if (thing === null) file?.things.delete(keyIn(at));
  else file?.things.set(keyIn(at), { at, thing });
}

/** Has a view that readers use point elsewhere; null: it goes away. */
export function repoint(data: Data, name: Relation, to: Relation | null): void {
  if (to === null) data.pointers.delete(keyIn(name));
  else data.pointers.set(keyIn(name), { at: name, to });
}

export interface Found {
  readonly at: Relation;
  readonly thing: Thing;
}

/** Everything in a container, under the names by which it was asked for. */
export function thingsIn(data: Data, container: Container): readonly Found[] {
  const file = fileAt(data, container.location);
  const pointed = container.location === data.live.location ? [...data.pointers.values()] : [];
  const behindViews = pointed.flatMap(({ at, to }) => {
    const thing = thingAt(data, to);
    return thing ? [{ at, thing }] : [];
  });
  return [...behindViews, ...(file?.things.values() ?? [])]
    .map(({ at, thing }) => ({ at: { ...at, location: container.location }, thing }))
    .filter(({ at }) => contains(container, at));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A view that says this. Throws RangeError for what `definitionOf` does not write. */
export function viewSaying(sql: string, of: string): Omit<Thing, 'id' | 'version'> {
  const [, text, from] = /^(.*) from (".*)$/.exec(sql) ?? [];
  if (text === undefined || from === undefined) throw new RangeError(sql);
  const reads = [...from.matchAll(/"((?:[^"]|"")*)"\."((?:[^"]|"")*)"\."((?:[^"]|"")*)"/g)].map(
    ([, database = '', schema = '', identifier = '']) => ({ name: { location: '', database, schema, identifier } }),
  );
  return { kind: 'view', of, text, made: '', rows: [], reads };
}

/** The text of a view as the engine stores it. */
export const definitionOf = (thing: Thing, quote: (relation: Relation) => string): string | null =>
  thing.kind === 'view' ? `${thing.text} from ${thing.reads.map(({ name }) => quote(name)).join(', ')}` : null;

export const quote = ({ database, schema, identifier }: Relation): string =>
  [database, schema, identifier].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');

export function stateOf(data: Data, name: Name): State {
  const file = fileAt(data, name.location);
  if (!file) return { is: 'absent' };
  if (!isRelation(name)) return containerState(data, file, name);
  const to = pointedAt(data, name);
  if (to) return stateOf(data, to);
  const thing = thingAt(data, name);
  if (!thing) return { is: 'absent' };
  if (data.mode === 'views-each')
    return { is: 'object', id: objectId(sha256(JSON.stringify([name.location, keyIn(name), thing.id]))) };
  const definition = mannerOf(data).viewsBind === 'name' ? definitionOf(thing, quote) : null;
  // In a file only the name tells a relation; a view by its text.
  return definition === null
    ? data.mode !== 'file'
      ? { is: 'object', id: thing.id }
      : { is: 'object', id: objectId(sha256(JSON.stringify([file.id, keyIn(name)]))) }
    : { is: 'view', text: sha256(definition) };
}

function containerState(data: Data, file: File, container: Container): State {
  const to = data.mode === 'views-each' && sameName(container, data.live) ? servedBy(data) : container;
  if (to !== container) return to ? stateOf(data, to) : { is: 'absent' };
  if (container.schema === null) return { is: 'object', id: file.id };
  const isThere = data.schemas.has(nameKey(container)) || thingsIn(data, container).length > 0;
  const id = data.schemas.get(nameKey(container)) ?? objectId(`schema ${container.schema}`);
  return isThere ? { is: 'object', id } : { is: 'absent' };
}

/** The slot that is live; null: none. */
export const servedBy = ({ slots, turns }: Pick<Data, 'slots' | 'turns'>): Container | null =>
  slots.find(({ location }) => location === turns.at(-1)) ?? null;
