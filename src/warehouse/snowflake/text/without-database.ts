import type { Edit } from './edits.ts';
import { edited } from './edits.ts';
import type { Home, Part } from './names.ts';
import { walked } from './query.ts';
import type { Rewritten } from './renamed.ts';
import { itemOf } from './scope.ts';
import { giveUp, readable, type Unreadable } from './unreadable.ts';

/**
 * The text with names of `databases` in two parts, which resolve in the database that the view is in: it is then right on
 * either side of a swap of databases. `home` is in one of them, or no name may be changed.
 */
export function withoutDatabase(query: string, home: Home, databases: readonly string[]): Rewritten | Unreadable {
  return readable(() => {
    const { readings, mentions } = walked(query, home);
    const names = readings.map(({ parts }) => parts);
    const others = mentions.flatMap((mention) => {
      const { as, parts } = mention;
      if (as === 'call') return [parts];
      const [first] = parts;
      if (first === undefined || !databases.includes(first.value)) return [];
      const item = as === 'column' ? itemOf(mention) : null;
      if (item === null) return giveUp('a name that begins like one of a database');
      return item.reading === null ? [] : [parts];
    });
    return {
      query: edited(
        query,
        [...names, ...others].flatMap((parts) => shortened(query, parts, home, databases)),
      ),
    };
  });
}

function shortened(query: string, parts: readonly Part[], home: Home, databases: readonly string[]): readonly Edit[] {
  const [database, schema, last] = parts;
  if (last === undefined || schema === undefined || database === undefined) return [];
  if (parts.length > 3) return giveUp('a name of more than three parts');
  if (!databases.includes(database.value)) return [];
  if (!databases.includes(home.database)) return giveUp('two parts would be of another database');
  const isLeftOut = schema.start === schema.end;
  if (!isLeftOut && !/^\s*\.\s*$/.test(query.slice(database.end, schema.start))) return giveUp('a comment in a name');
  return [{ start: database.start, end: schema.start, text: isLeftOut ? schema.value : '' }];
}
