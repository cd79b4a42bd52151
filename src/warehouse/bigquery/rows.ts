import { exactNumber } from '../exact-number.ts';
import type { Column } from '../port.ts';
import type { Field } from './resources.ts';

export type Row = Readonly<Record<string, unknown>>;

/** NaN and the infinities stay the server's words. */
function double(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** A number of JSON may have more digits than a double: then the whole stays text. */
function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return /\d{16}/.test(text) ? text : value;
  } catch {
    return text;
  }
}

const withoutZeros = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

/** Whole microseconds since 1970, or seconds of which the fraction may be one of a double. */
function instant(text: string): string {
  const isWhole = /^-?\d+$/.test(text);
  const micros = isWhole ? BigInt(text) : BigInt(Math.round(Number(text) * 1e6));
  const seconds = micros >= 0n ? micros / 1_000_000n : -((-micros + 999_999n) / 1_000_000n);
  const fraction = String(micros - seconds * 1_000_000n).padStart(6, '0');
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${withoutZeros(`${whole}.${fraction}`)}Z`;
}

/** What the API calls types, of which some have two names (BigQuery documentation, "TableFieldSchema"). */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  INTEGER: exactNumber,
  INT64: exactNumber,
  NUMERIC: exactNumber,
  BIGNUMERIC: exactNumber,
  FLOAT: double,
  FLOAT64: double,
  BOOLEAN: (text) => text === 'true',
  BOOL: (text) => text === 'true',
  TIMESTAMP: instant,
  DATETIME: (text) => withoutZeros(text.replace(' ', 'T')),
  TIME: withoutZeros,
  JSON: json,
};

/**
 * A value as the API has it as a plain one, as the other engines give them: numbers where a double holds them exactly, else
 * text; dates and times ISO text, with `Z` where the type is an instant; bytes base64; everything else as the server prints it.
 */
function plain(value: unknown, field: Field): unknown {
  if (value === null || value === undefined) return null;
  if (field.mode === 'REPEATED')
    return Array.isArray(value) ? value.map((one) => plain(valueOf(one), { ...field, mode: 'NULLABLE' })) : value;
  if (field.fields !== undefined && field.fields.length > 0) return struct(value, field.fields);
  // One that was sent as something else than text is plain already.
  if (typeof value !== 'string') return value;
  return readers[field.type.toUpperCase()]?.(value) ?? value;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const valueOf = (cell: unknown): unknown => (isObject(cell) && 'v' in cell ? cell['v'] : cell);

function struct(value: unknown, fields: readonly Field[]): unknown {
  const cells = isObject(value) ? value['f'] : undefined;
  return Array.isArray(cells) ? rowOf(fields)(cells.map(valueOf)) : value;
}

/** A row by the names of its columns; of several with one name the last counts. */
export const rowOf =
  (fields: readonly Field[]) =>
  (values: readonly unknown[]): Row =>
    Object.fromEntries(fields.map((field, i) => [field.name, plain(values[i], field)]));

const names: Readonly<Record<string, string>> = { INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL' };

/** A type as BigQuery writes it in SQL: `NUMERIC(10, 2)`, `ARRAY<STRUCT<a INT64, b STRING>>`. */
function typeOf(field: Field): string {
  if (field.mode === 'REPEATED') return `ARRAY<${typeOf({ ...field, mode: 'NULLABLE' })}>`;
  const type = field.type.toUpperCase();
  if (type === 'RECORD' || type === 'STRUCT')
    return `STRUCT<${(field.fields ?? []).map((one) => `${one.name} ${typeOf(one)}`).join(', ')}>`;
  if (type === 'RANGE') return `RANGE<${field.rangeElementType?.type ?? ''}>`;
  const sizes = [field.maxLength ?? field.precision, field.scale].filter((size) => size !== undefined);
  return `${names[type] ?? type}${sizes.length === 0 ? '' : `(${sizes.join(', ')})`}`;
}

export const columnOf = (field: Field): Column => ({
  name: field.name,
  type: typeOf(field),
  nullable: field.mode !== 'REQUIRED',
});
