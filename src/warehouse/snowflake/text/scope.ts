import type { Part } from './names.ts';
import { giveUp } from './unreadable.ts';
import type { Mention, Reading, Scope } from './walk.ts';

/**
 * The relation of a FROM clause that a column is qualified with. `none`: an alias, or something without a name of its own;
 * null: nothing in FROM is called so.
 */
export function qualified({ parts, scope }: Mention): Reading | 'none' | null {
  for (let one: Scope | null = scope; one !== null; one = one.outer) {
    const hits = one.items.filter(({ alias, reading }) =>
      parts.length === 1 ? alias === parts[0]?.value : reading !== null && isCalled(reading, parts),
    );
    const [first, ...others] = hits;
    if (first === undefined) continue;
    if (others.some(({ reading }) => !isSame(reading, first.reading))) return giveUp('a column of two relations');
    return first.reading ?? 'none';
  }
  return null;
}

/** `schema.name` and `database.schema.name`; a relation with an alias is called by nothing else. */
function isCalled({ relation }: Reading, parts: readonly Part[]): boolean {
  const [name, schema, database] = parts.toReversed().map(({ value }) => value);
  return (
    name === relation.identifier &&
    schema === relation.schema &&
    (database === undefined || database === relation.database) &&
    parts.length <= 3
  );
}

const isSame = (a: Reading | null, b: Reading | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.relation.database === b.relation.database &&
    a.relation.schema === b.relation.schema &&
    a.relation.identifier === b.relation.identifier);
