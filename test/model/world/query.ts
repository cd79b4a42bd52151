import type { Container } from '../../../src/domain/relation.ts';
import { WarehouseError } from '../../../src/warehouse/port.ts';
import { rowsOf } from './content.ts';
import { type Data, quote, thingsIn } from './data.ts';
import { isPlaced } from './modes.ts';

const part = String.raw`"(?:[^"]|"")*"`;
const select = new RegExp(
  String.raw`select (count\(\*\) as row_count|key) from (${part}\.${part}\.${part})(?: where key ~ '([^']*)')?`,
);

/**
 * The SQL of the model: `select count(*) as row_count from R`, `select key from R`, both also with `where key ~ 'x'`
 * (a regular expression); inside of other text, as a gate wraps it, it means the same.
 */
export function ask(data: Data, container: Container, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const [, what, name, matches] = select.exec(sql) ?? [];
  if (what === undefined || name === undefined) throw new WarehouseError('refused', `the model does not know ${sql}`);
  // On a server one connection reaches every schema.
  const scope = isPlaced(data.mode) ? container : { ...container, schema: null };
  const found = thingsIn(data, scope).find(({ at }) => quote(at) === name);
  if (!found) throw new WarehouseError('missing', `${name} is not there`);
  const rows = rowsOf(data, found).filter((row) => matches === undefined || new RegExp(matches).test(row));
  return what === 'key' ? rows.map((key) => ({ key })) : [{ row_count: rows.length }];
}
