import { type Change, type Fill, filled } from '../../../src/domain/change.ts';
import {
  type Container,
  displayName,
  inContainer,
  isRelation,
  type Name,
  nameKey,
  type Relation,
  sameName,
} from '../../../src/domain/relation.ts';
import { WarehouseError } from '../../../src/warehouse/port.ts';
import {
  type Data,
  fileAt,
  newFile,
  newId,
  pointedAt,
  putThing,
  servedBy,
  setThing,
  stateOf,
  thingAt,
  thingsIn,
} from './data.ts';

/** As `plan --sql` prints it. */
export function explain(step: Fill | Change): string {
  switch (step.do) {
    case 'create':
      return `create ${name(step.container)}`;
    case 'drop':
      return `drop ${name(step.what)}`;
    case 'copy':
      return `copy ${name(step.from)} to ${name(step.to)}`;
    case 'bind':
      return `bind ${name(step.container)}`;
    case 'define':
      return `define ${name(step.view)}`;
    case 'protect':
      return `protect ${name(step.idle)} like ${name(step.live)}`;
    case 'refer':
      return `refer ${name(step.idle)} like ${name(step.live)}`;
    case 'point':
      return `point ${name(step.name)} to ${name(step.to)}`;
    case 'repoint':
      return `point ${name(step.name)} to ${step.to ? name(step.to) : 'nothing'}`;
    case 'exchange':
      return `exchange ${name(step.a)} and ${name(step.b)}`;
    case 'move':
      return `move ${name(step.from)} to ${name(step.to)}`;
  }
}

const name = (of: Name): string => `${of.location === '' ? '' : `${of.location}:`}${displayName(of)}`;

/** One write to the idle side; whatever is there gives way. */
export function fillOne(data: Data, fill: Fill): void {
  const to = filled(fill);
  if (!isIdle(data, to)) throw new WarehouseError('refused', `${name(to)} is not the idle side`);
  switch (fill.do) {
    case 'create':
      if (fill.container.schema === null) data.files.set(fill.container.location, newFile(data));
      else if (!data.schemas.has(nameKey(fill.container))) data.schemas.set(nameKey(fill.container), newId(data));
      return;
    case 'drop':
      return drop(data, fill.what);
    case 'copy':
      return copy(data, fill);
    case 'bind':
    case 'define':
    case 'protect':
    case 'refer':
      throw new WarehouseError('refused', 'nothing here plans views or rights of its own');
  }
}

/** Of slots none that readers have. */
const isIdle = (data: Data, to: Name): boolean =>
  data.slots.some(
    (idle) =>
      to.location === idle.location &&
      to.database === idle.database &&
      (idle.schema === null || to.schema === idle.schema) &&
      !sameSide(idle, servedBy(data)),
  );

const sameSide = (a: Container, b: Container | null): boolean => b !== null && sameName(a, b);

function drop(data: Data, what: Name): void {
  if (isRelation(what)) setThing(data, what, null);
  else dropContainer(data, what);
}

export function dropContainer(data: Data, container: Container): void {
  if (container.schema === null) {
    data.files.delete(container.location);
    return;
  }
  for (const { at } of thingsIn(data, container)) setThing(data, at, null);
  data.schemas.delete(nameKey(container));
}

function copy(data: Data, { from, to, id, at, without = [] }: Extract<Fill, { do: 'copy' }>): void {
  if (at !== undefined) throw new WarehouseError('refused', 'there is no time travel here');
  const state = stateOf(data, from);
  if (state.is === 'absent' && (isRelation(from) || data.mode !== 'views-each'))
    throw new WarehouseError('missing', `${name(from)} is not there`);
  if (id !== null && (state.is !== 'object' || state.id !== id))
    throw new WarehouseError('drifted', `${name(from)} is not what was to be copied`, {
      relations: [displayName(from)],
      keys: [nameKey(from)],
    });
  if (isRelation(from) && isRelation(to)) copyRelation(data, from, to);
  else if (!isRelation(from) && !isRelation(to)) {
    if (data.mode === 'views-each') copySlot(data, from, to, without);
    else (to.schema === null ? copyFile : copySchema)(data, from, to);
  } else throw new WarehouseError('refused', `${name(from)} cannot be copied to ${name(to)}`);
}

function copyRelation(data: Data, from: Relation, to: Relation): void {
  const thing = thingAt(data, from);
  if (thing) putThing(data, to, thing);
}

function copySchema(data: Data, from: Container, to: Container): void {
  dropContainer(data, to);
  data.schemas.set(nameKey(to), newId(data));
  for (const { at, thing } of thingsIn(data, from)) putThing(data, inContainer(at, to), thing);
}

/** Relation by relation, of live only what readers have by its views. */
function copySlot(data: Data, from: Container, to: Container, without: readonly Relation[]): void {
  const left = new Set(without.map(nameKey));
  const there = thingsIn(data, from)
    .filter(({ at }) => !sameName(from, data.live) || pointedAt(data, at) !== null)
    .map(({ at, thing }) => ({ at: inContainer(at, to), thing }))
    .filter(({ at }) => !left.has(nameKey(at)));
  data.files.set(to.location, newFile(data));
  for (const { at, thing } of there) putThing(data, at, thing);
}

function copyFile(data: Data, from: Container, to: Container): void {
  const source = fileAt(data, from.location);
  if (source) data.files.set(to.location, { ...newFile(data), things: new Map(source.things) });
}
