import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Queries that a person may want to review lie in sql/duckdb; the package has that folder beside its code. */
const folder = join(dirname(createRequire(import.meta.url).resolve('#package')), 'sql', 'duckdb');

const texts = new Map<string, Promise<string>>();

export function sqlFile(name: 'relations' | 'columns' | 'table'): Promise<string> {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFile(join(folder, `${name}.sql`), 'utf8');
  texts.set(name, text);
  return text;
}
