import { readFile } from 'node:fs/promises';

/** Queries that a person may want to review lie in sql/<warehouse>; the package has that folder beside its code. */
const home = new URL('../../sql/', import.meta.url);

/** Reads the texts of a warehouse, each once. */
export function sqlFiles<Name extends string>(warehouse: string): (name: Name) => Promise<string> {
  const texts = new Map<Name, Promise<string>>();
  return (name) => {
    const known = texts.get(name);
    if (known !== undefined) return known;
    const text = readFile(new URL(`${warehouse}/${name}.sql`, home), 'utf8');
    texts.set(name, text);
    return text;
  };
}
