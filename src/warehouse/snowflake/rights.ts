import { readFileSync } from 'node:fs';
import type { Output } from '../../config/port.ts';
import { sqlPath } from '../sql.ts';
import { folded, identifier, isPlain } from './dialect.ts';

/** As it can be pasted into a statement: quoted only where it has to be. */
export const typed = (...names: readonly string[]): string =>
  names.map((name) => (isPlain(name) ? name : identifier(name))).join('.');

/** What an administrator runs once (sql/snowflake/grants.sql), with the names of a target; capitals where it has none. */
export function rightsScript(output: Output): string {
  const name = (key: string): string => {
    const value = output[key];
    // YAML makes numbers of names such as 2024.
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' ? folded(text) : key.toUpperCase();
  };
  const database = name('database');
  const names: Readonly<Record<string, string>> = {
    role: typed(name('role')),
    warehouse: typed(name('warehouse')),
    database: typed(database),
    schema: typed(database, name('schema')),
  };
  const text = readFileSync(sqlPath('snowflake', 'grants'), 'utf8');
  // The header is for who reads the file.
  return text
    .slice(text.indexOf('\n\n') + 2)
    .replaceAll(/\{(\w+)\}/g, (whole, key: string) => names[key] ?? whole)
    .trimEnd();
}
