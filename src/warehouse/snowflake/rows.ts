import type { Column } from 'snowflake-sdk';
import { exactNumber } from '../exact-number.ts';
import type { RawColumn } from './sdk.ts';

export type Row = Readonly<Record<string, unknown>>;

/** NaN and the infinities stay the server's words. */
function double(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** A VARIANT may hold what JSON has no word for, such as `undefined`: that stays text. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the SDK makes of a date or a timestamp, which its types leave out: whole seconds, and the rest. */
interface Moment {
  getEpochSeconds(): number;
  getNanoSeconds(): number;
}

// Every Date of a result has them (snowflake-sdk 3.3, connection/result/sf_timestamp.js).
const momentOf = (value: unknown): Moment => value as Moment;

const dateOf = (value: unknown): string => timeOf(value).slice(0, -'T00:00:00'.length);

/** To the last digit that is not 0, as far as nanoseconds. */
function timeOf(value: unknown): string {
  const moment = momentOf(value);
  const whole = new Date(moment.getEpochSeconds() * 1000).toISOString().slice(0, -'.000Z'.length);
  return `${whole}.${String(moment.getNanoSeconds()).padStart(9, '0')}`.replace(/\.?0+$/, '');
}

type Read = (value: unknown) => unknown;

const asText =
  (read: (text: string) => unknown): Read =>
  (value) =>
    read(String(value));

const readers: Readonly<Record<string, Read>> = {
  fixed: asText(exactNumber),
  decfloat: asText(exactNumber),
  real: asText(double),
  variant: asText(json),
  object: asText(json),
  array: asText(json),
  map: asText(json),
  date: dateOf,
  timestamp_ntz: timeOf,
  // An instant, whatever zone it was written in.
  timestamp_ltz: (value) => `${timeOf(value)}Z`,
  timestamp_tz: (value) => `${timeOf(value)}Z`,
  time: asText((text) =>
    (/\d\d:\d\d:\d\d(\.\d+)?/.exec(text)?.[0] ?? text).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''),
  ),
  binary: (value) => (Buffer.isBuffer(value) ? value.toString('base64') : value),
};

/** What a statement has to be asked with, so that `rowReader` can read what it gives. */
export const readable = {
  rowMode: 'array',
  // As the server sent them: a number may have more digits than a double, and the SDK evaluates what is not JSON as code.
  fetchAsString: ['Number', 'JSON'],
} as const;

/** Of the server's session, for the one statement. */
export const readableParameters = { TIME_OUTPUT_FORMAT: 'HH24:MI:SS.FF9', BINARY_OUTPUT_FORMAT: 'HEX' } as const;

/**
 * Plain values, as the other engines give them: numbers where a double holds them exactly, else text; dates and times ISO
 * text, with `Z` where the type is an instant; binary base64; VARIANT, OBJECT and ARRAY read as JSON; everything else as
 * the server prints it. Of several columns with one name the last counts.
 */
export function rowReader(
  columns: readonly Pick<Column, 'getName' | 'getType'>[],
): (values: readonly unknown[]) => Row {
  const known = columns.map((column) => [column.getName(), readers[column.getType().toLowerCase()]] as const);
  return (values) =>
    Object.fromEntries(
      known.map(([name, read], i) => {
        const value = values[i] ?? null;
        return [name, value === null || read === undefined ? value : read(value)];
      }),
    );
}

/** A type as Snowflake's own DESCRIBE has it: `NUMBER(38,0)`, `VARCHAR(16777216)`. */
export function typeOf({ type, precision, scale, length }: RawColumn): string {
  switch (type.toLowerCase()) {
    case 'fixed':
      return `NUMBER(${precision ?? 38},${scale ?? 0})`;
    case 'text':
      return `VARCHAR${length === null ? '' : `(${length})`}`;
    case 'binary':
      return `BINARY${length === null ? '' : `(${length})`}`;
    case 'real':
      return 'FLOAT';
    case 'time':
    case 'timestamp_ntz':
    case 'timestamp_ltz':
    case 'timestamp_tz':
      return `${type.toUpperCase()}(${scale ?? 9})`;
    default:
      return type.toUpperCase();
  }
}
