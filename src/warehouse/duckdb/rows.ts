import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  type DuckDBResultReader,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

export type Row = Readonly<Record<string, unknown>>;

/** So many digits every double keeps. */
const exactDigits = 15;

/**
 * Plain values. Integers and decimals are numbers where a double holds them exactly, else text; dates and times ISO
 * text, with `Z` where the type has a zone; blobs base64; everything else as the engine prints it.
 */
function plain(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return exactNumber(value.toString());
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBDecimalValue) return exactNumber(value.toString());
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plain);
  if (value instanceof DuckDBStructValue) return plainStruct(value.entries);
  if (value instanceof DuckDBMapValue)
    return value.entries.map((entry) => ({ key: plain(entry.key), value: plain(entry.value) }));
  if (value instanceof DuckDBUnionValue) return plain(value.value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  return isTime(value) ? isoTime(value) : value.toString();
}

/** Every row by the names of its columns. Not by the library's own objects: they lose a column named `__proto__`. */
export function rowsOf(result: DuckDBResultReader): readonly Row[] {
  const names = result.columnNames();
  return result
    .getRows()
    .map((values) => Object.fromEntries(values.map((value, column) => [names[column], plain(value)])));
}

const plainStruct = (entries: Readonly<Record<string, DuckDBValue>>): Row =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, plain(value)]));

function exactNumber(text: string): number | string {
  const digits = text.replace(/^-?0*\.?0*/, '').replace('.', '');
  return digits.length <= exactDigits ? Number(text) : text;
}

type Time =
  | DuckDBDateValue
  | DuckDBTimestampValue
  | DuckDBTimestampSecondsValue
  | DuckDBTimestampMillisecondsValue
  | DuckDBTimestampNanosecondsValue
  | DuckDBTimestampTZValue;

const isTime = (value: object): value is Time =>
  value instanceof DuckDBDateValue ||
  value instanceof DuckDBTimestampValue ||
  value instanceof DuckDBTimestampSecondsValue ||
  value instanceof DuckDBTimestampMillisecondsValue ||
  value instanceof DuckDBTimestampNanosecondsValue ||
  value instanceof DuckDBTimestampTZValue;

function isoTime(value: Time): string {
  // The library prints a zoned time in the machine's zone: its microseconds are those of UTC.
  if (value instanceof DuckDBTimestampTZValue) return `${isoTime(new DuckDBTimestampValue(value.micros))}Z`;
  return value.toString().replace(' ', 'T');
}
