import type { Relation } from '../../../domain/relation.ts';
import { completed, type Home, identifierText, type Part } from './names.ts';
import { giveUp } from './unreadable.ts';

/** What stands between two places of a text, and what shall stand there. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with its edits; gives up where they overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  const sorted = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let [result, at] = ['', 0];
  for (const { start, end, text: now } of sorted) {
    if (start < at) return giveUp('edits overlap');
    result += text.slice(at, start) + now;
    at = end;
  }
  return result + text.slice(at);
}

/**
 * Makes a written name mean `to` for a view in `home`: parts that say the right thing stay as they are, and there are as
 * many of them as before, or more where fewer would mean something else.
 */
export function renamedParts(
  parts: readonly Part[],
  to: Relation,
  home: Home,
  { atLeast, inString }: { atLeast: number; inString: boolean },
): readonly Edit[] {
  const values = [to.database, to.schema, to.identifier];
  const count = [1, 2, 3].find((n) => n >= Math.max(atLeast, parts.length) && isMeant(values.slice(-n), to, home)) ?? 3;
  const written = (value: string): string => {
    const text = identifierText(value);
    return inString && /['\\]/.test(text) ? giveUp('a name with escapes in a string') : text;
  };
  const kept = values.slice(-parts.length);
  const changed = parts.flatMap(({ value, start, end }, n) => {
    const now = kept[n] ?? '';
    return now === value ? [] : [{ start, end, text: written(now) }];
  });
  const added = values.slice(-count, values.length - parts.length).map((value) => `${written(value)}.`);
  if (added.length === 0) return changed;
  const [first, ...rest] = changed;
  const start = parts[0]?.start ?? 0;
  if (first?.start === start) return [{ ...first, text: added.join('') + first.text }, ...rest];
  return [{ start, end: start, text: added.join('') }, ...changed];
}

function isMeant(values: readonly string[], to: Relation, home: Home): boolean {
  const meant = completed(
    values.map((value) => ({ value, start: 0, end: 0 })),
    home,
  );
  return meant.database === to.database && meant.schema === to.schema && meant.identifier === to.identifier;
}
