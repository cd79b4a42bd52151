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
} from '../../../src/domain/relation.ts';
import { type Mode, mannerOf } from './modes.ts';
import { lineage, type Names } from './project.ts';

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
  readonly idle: Container;
  readonly files: Map<string, File>;
  readonly links: Map<string, string>;
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

export function newData(mode: Mode): Data {
  const isFile = mode === 'file';
  const side = (location: string, schema: string): Container => ({
    location: isFile ? location : '',
    database: 'shop',
    schema: isFile ? null : schema,
  });
  const data: Data = {
    mode,
    live: side('/model/live', 'main'),
    idle: side('/model/green', 'main__green'),
    files: new Map(),
    links: new Map(),
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
  return data;
}

/** All of it at this moment, by itself. Two names of one file stay two names of one. */
export function copyOfData(data: Data): Data {
  const copies = new Map([...data.files.values()].map((file) => [file, { ...file, things: new Map(file.things) }]));
  return {
    ...data,
    files: new Map([...data.files].map(([location, file]) => [location, copies.get(file) ?? file])),
    links: new Map(data.links),
    schemas: new Map(data.schemas),
    kept: new Map(data.kept),
  };
}

export const newId = (data: Data): ObjectId => objectId(`o${++data.count}`);
export const newFile = (data: Data): File => ({ id: newId(data), things: new Map(), was: null });

/** What dbt calls things for one side; the connection's location is not in it. */
export function namesOf(data: Data, side: 'live' | 'idle'): Names {
  const isFile = data.mode === 'file';
  const { schema } = data[side];
  return {
    relation: (identifier) => ({ location: '', database: 'shop', schema: schema ?? 'main', identifier }),
    source: (identifier) =>
      isFile
        ? { location: RAW, database: 'raw', schema: 'main', identifier }
        : { location: '', database: 'shop', schema: 'raw', identifier },
  };
}

/** With the place that the connection of a side fixes. */
export const placed = (data: Data, side: 'live' | 'idle', relation: Relation): Relation =>
  relation.database === data[side].database ? { ...relation, location: data[side].location } : relation;

/** The file at a location, also through the pointer. */
export const fileAt = (data: Data, location: string): File | null =>
  data.files.get(data.links.get(location) ?? location) ?? null;

const keyIn = ({ schema, identifier }: Relation): string => JSON.stringify([schema, identifier]);

export const thingAt = (data: Data, relation: Relation): Thing | null =>
  fileAt(data, relation.location)?.things.get(keyIn(relation))?.thing ?? null;

/** Writes a table or view under a name; an engine that is given a file that is not there makes it. */
export function putThing(data: Data, at: Relation, made: Omit<Thing, 'id' | 'version'>, id?: ObjectId): void {
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

export interface Found {
  readonly at: Relation;
  readonly thing: Thing;
}

/** Everything in a container, under the names by which it was asked for. */
export function thingsIn(data: Data, container: Container): readonly Found[] {
  const file = fileAt(data, container.location);
  return [...(file?.things.values() ?? [])]
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
  const thing = thingAt(data, name);
  if (!thing) return { is: 'absent' };
  const definition = mannerOf(data).viewsBind === 'name' ? definitionOf(thing, quote) : null;
  // In a file only the name tells a relation; a view by its text.
  return definition === null
    ? data.mode !== 'file'
      ? { is: 'object', id: thing.id }
      : { is: 'object', id: objectId(sha256(JSON.stringify([file.id, keyIn(name)]))) }
    : { is: 'view', text: sha256(definition) };
}

function containerState(data: Data, file: File, container: Container): State {
  if (container.schema === null) return { is: 'object', id: file.id };
  const isThere = data.schemas.has(nameKey(container)) || thingsIn(data, container).length > 0;
  const id = data.schemas.get(nameKey(container)) ?? objectId(`schema ${container.schema}`);
  return isThere ? { is: 'object', id } : { is: 'absent' };
}

/** What a view's read leads to now. */
function target(data: Data, from: string, read: Thing['reads'][number]): Found | null {
  if (!('id' in read)) {
    const at = read.name.location === '' ? { ...read.name, location: from } : read.name;
    const thing = thingAt(data, at);
    return thing && { at, thing };
  }
  const all = [...(fileAt(data, from)?.things.values() ?? [])];
  return all.find(({ thing }) => thing.id === read.id) ?? null;
}

/** Names of what a view reads now; an object without a name is told by the one that it was read under. */
export const readsOf = (data: Data, { at, thing }: Found): readonly Relation[] =>
  thing.reads.map((read) => target(data, at.location, read)?.at ?? read.name);

export function rowsOf(data: Data, { at, thing }: Found): readonly string[] {
  if (thing.kind === 'table') return thing.rows;
  const rows = thing.reads.flatMap((read) => {
    const found = target(data, at.location, read);
    return found ? rowsOf(data, found) : [];
  });
  return [...new Set(rows)];
}

/** What it is made of now, all the way up. */
export function madeOf(data: Data, { at, thing }: Found): string {
  if (thing.kind === 'table') return thing.made;
  const parents = thing.reads.map((read) => {
    const found = target(data, at.location, read);
    return found ? madeOf(data, found) : 'nothing';
  });
  return lineage(thing.text, parents, thing.of);
}

/** Changes when rows or definition do; says nothing about who wrote them. */
export const fingerprint = (thing: Thing): string =>
  sha256(
    JSON.stringify(thing.kind === 'table' ? ['table', thing.rows.toSorted()] : ['view', definitionOf(thing, quote)]),
  );

/** The adapter's cheap proof: which objects, and their last writes. */
export const tokenOf = (data: Data, scope: readonly Container[]): string =>
  sha256(
    JSON.stringify(
      scope.map((container) => [
        fileAt(data, container.location)?.id,
        thingsIn(data, container).map(({ at, thing }) => [keyIn(at), thing.id, thing.version]),
      ]),
    ),
  );
