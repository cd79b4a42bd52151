import { nameKey, type Relation } from '../../../domain/relation.ts';
import { completed, type Home, reserved } from './names.ts';
import { walked } from './query.ts';
import { readable, type Unreadable } from './unreadable.ts';

/** The relations that a query reads, each once, where names resolve for a view that is in `home`. */
export function readsOf(query: string, home: Home): readonly Relation[] | Unreadable {
  return readable(() => once(walked(query, home).readings.map(({ relation }) => relation)));
}

/**
 * The names of functions that a query calls, each once, as names of `home` where they are not qualified; among them those
 * of functions that are part of Snowflake. Only who knows a schema's functions can tell, and what they read in turn.
 */
export function callsOf(query: string, home: Home): readonly Relation[] | Unreadable {
  return readable(() => {
    const calls = walked(query, home).mentions.filter(({ as }) => as === 'call');
    const others = calls.filter(({ parts: [only], parts }) => parts.length > 1 || !reserved.has(only?.value ?? ''));
    return once(others.map(({ parts }) => completed(parts, home)));
  });
}

const once = (relations: readonly Relation[]): readonly Relation[] => [
  ...new Map(relations.map((one) => [nameKey(one), one])).values(),
];
