import { readFile } from 'node:fs/promises';

/** Queries that a person may want to review lie in sql/duckdb; the package has that folder beside its code. */
const folder = new URL('../../../sql/duckdb/', import.meta.url);

const texts = new Map<string, Promise<string>>();

export function sqlFile(name: 'relations' | 'columns' | 'table'): Promise<string> {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFile(new URL(`${name}.sql`, folder), 'utf8');
  texts.set(name, text);
  return text;
}
