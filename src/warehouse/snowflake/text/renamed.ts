import type { Container, Relation } from '../../../domain/relation.ts';
import { type Edit, edited, renamedParts } from './edits.ts';
import { completed, type Home } from './names.ts';
import { walked } from './query.ts';
import { checkStill, itemOf } from './scope.ts';
import { giveUp, readable, type Unreadable } from './unreadable.ts';
import { type Mention, none } from './walk.ts';

/** Pairs of what is called now and what it shall be called. */
export type NewNames = readonly (readonly [now: Relation, then: Relation])[];

/** A query that says the same under other names. */
export interface Rewritten {
  readonly query: string;
}

/** What may not be named any more in a text. */
export type Gone = readonly Pick<Container, 'database' | 'schema'>[];

/**
 * The text for a view that moves from `home` to `newHome`, with every mention of a relation that has a new name replaced,
 * in FROM and before columns, and everything else as it is, byte for byte. Names that are not written in full and would
 * mean something else in the new home are completed.
 *
 * `gone` are the containers that the text may not name afterwards: by default those that relations are renamed out of and
 * none is renamed into. `functions` are the new names of functions; of a function that is neither qualified nor among them
 * nobody can tell from the text whether it is Snowflake's own, so it stays.
 */
export function renamed(
  query: string,
  home: Home,
  newHome: Home,
  names: NewNames,
  { gone = left(names), functions = [] }: Options = {},
): Rewritten | Unreadable {
  return readable(() => {
    const walk = walked(query, home);
    if (names.some(([{ identifier }]) => identifier === none)) return giveUp(`${none} may be a relation`);
    const now = (relation: Relation): Relation => thenOf(names, relation) ?? relation;
    const isMoved = home.database !== newHome.database || home.schema !== newHome.schema;
    const rules = { home, newHome, now, gone, functions, isMoved };
    const readings = walk.readings.flatMap(({ relation, parts, inString }) => {
      const to = now(relation);
      if (isGone(gone, to)) return giveUp(`${to.identifier} stays where nothing may stay`);
      const atLeast = to.identifier === relation.identifier ? 1 : 2;
      return renamedParts(parts, to, newHome, { atLeast, inString });
    });
    return { query: edited(query, [...readings, ...walk.mentions.flatMap((mention) => mentionEdits(mention, rules))]) };
  });
}

export interface Options {
  readonly gone?: Gone;
  readonly functions?: NewNames;
}

interface Rules {
  readonly newHome: Home;
  readonly home: Home;
  readonly now: (relation: Relation) => Relation;
  readonly gone: Gone;
  readonly functions: NewNames;
  readonly isMoved: boolean;
}

const containerKey = ({ database, schema }: Relation): string => JSON.stringify([database, schema]);

/** The containers that relations are renamed out of and none is renamed into. */
export function left(names: NewNames): Gone {
  const into = new Set(names.map(([, then]) => containerKey(then)));
  const out = new Map(names.map(([now]) => [containerKey(now), now]));
  return [...out].flatMap(([key, container]) => (into.has(key) ? [] : [container]));
}

const thenOf = (names: NewNames, { database, schema, identifier }: Relation): Relation | undefined =>
  names.find(([now]) => now.identifier === identifier && now.schema === schema && now.database === database)?.[1];

const isGone = (gone: Gone, relation: Relation): boolean =>
  gone.some(
    ({ database, schema }) => database === relation.database && (schema ?? relation.schema) === relation.schema,
  );

function mentionEdits(mention: Mention, rules: Rules): readonly Edit[] {
  const { as, parts, last } = mention;
  if (as === 'call') return callEdits(mention, rules);
  const item = as === 'column' ? itemOf(mention) : null;
  if (as === 'column') checkStill(item, mention, rules.now);
  if (item === null) {
    checkLeftover(mention, rules);
    const isHomely = as === 'other' || last === 'NEXTVAL';
    if (isHomely && rules.isMoved && parts.length < 3) giveUp('an object of the home that is left');
    return [];
  }
  if (item.reading === null) return [];
  const to = rules.now(item.reading.relation);
  if (parts.length > 1) return renamedParts(parts, to, rules.newHome, { atLeast: 2, inString: false });
  const same = { ...to, database: rules.newHome.database, schema: rules.newHome.schema };
  return renamedParts(parts, same, rules.newHome, { atLeast: 1, inString: false });
}

function callEdits(mention: Mention, rules: Rules): readonly Edit[] {
  const { parts } = mention;
  const called = completed(parts, rules.home);
  const to = thenOf(rules.functions, called);
  if (to === undefined) checkLeftover(mention, rules);
  if (to === undefined && parts.length === 1) return [];
  return renamedParts(parts, to ?? called, rules.newHome, { atLeast: 1, inString: false });
}

/** What names no relation of FROM and has the name of something that is gone in it is not understood. */
function checkLeftover({ parts, as }: Mention, { gone }: Rules): void {
  const qualifiers = as === 'column' ? parts : parts.slice(0, -1);
  const names = qualifiers.map(({ value }) => value);
  const isNamed = gone.some(({ database, schema }) => names.includes(schema ?? database));
  if (isNamed) giveUp('a name of something that is gone');
}
