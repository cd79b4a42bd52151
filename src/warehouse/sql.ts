import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Queries that a person may want to review lie in sql/<warehouse>; the package has that folder beside its code. */
const home = join(dirname(createRequire(import.meta.url).resolve('#package')), 'sql');

/** Where a text lies, for whoever has to run it by hand. */
export const sqlPath = (warehouse: string, name: string): string => join(home, warehouse, `${name}.sql`);

/** Reads the texts of a warehouse, each once. */
export function sqlFiles<Name extends string>(warehouse: string): (name: Name) => Promise<string> {
  const texts = new Map<Name, Promise<string>>();
  return (name) => {
    const known = texts.get(name);
    if (known !== undefined) return known;
    const text = readFile(join(home, warehouse, `${name}.sql`), 'utf8');
    texts.set(name, text);
    return text;
  };
}
