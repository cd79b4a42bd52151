import { createHash } from 'node:crypto';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import {
  type Data,
  definitionOf,
  type Found,
  fileAt,
  keyIn,
  pointedAt,
  quote,
  type Thing,
  thingAt,
  thingsIn,
} from './data.ts';
import { lineage } from './project.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The place that readers get it from. */
const behind = (data: Data, { at, thing }: Found): Found => ({ at: pointedAt(data, at) ?? at, thing });

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
export const readsOf = (data: Data, found: Found): readonly Relation[] => {
  const { at, thing } = behind(data, found);
  return thing.reads.map((read) => {
    const name = target(data, at.location, read)?.at ?? read.name;
    return name.location === at.location ? { ...name, location: found.at.location } : name;
  });
};

export function rowsOf(data: Data, found: Found): readonly string[] {
  const { at, thing } = behind(data, found);
  if (thing.kind === 'table') return thing.rows;
  const rows = thing.reads.flatMap((read) => {
    const next = target(data, at.location, read);
    return next ? rowsOf(data, next) : [];
  });
  return [...new Set(rows)];
}

/** What it is made of now, all the way up. */
export function madeOf(data: Data, found: Found): string {
  const { at, thing } = behind(data, found);
  if (thing.kind === 'table') return thing.made;
  const parents = thing.reads.map((read) => {
    const next = target(data, at.location, read);
    return next ? madeOf(data, next) : 'nothing';
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
