import type pg from 'pg';
import { parse } from 'postgres-array';
import { exactNumber } from '../exact-number.ts';

export type Row = Readonly<Record<string, unknown>>;

const same = (text: string): string => text;
const isoTime = (text: string): string => text.replace(' ', 'T');

/** The session's zone is UTC: every zoned time ends in `+00`. */
const isoZoned = (text: string): string => isoTime(text).replace(/\+00$/, 'Z');

/** `bytea_output` is hex: `\x` and two digits a byte. */
const base64 = (text: string): string => Buffer.from(text.slice(2), 'hex').toString('base64');
const json = (text: string): unknown => JSON.parse(text);

type Read = (text: string) => unknown;

/** Types by the number that pg_type.dat fixes for them, with that of their array; what is not here is text. */
const types: readonly (readonly [type: number, array: number, read: Read])[] = [
  [16, 1000, (text) => text === 't'], // boolean
  [17, 1001, base64], // bytea
  [18, 1002, same], // "char"
  [19, 1003, same], // name
  [20, 1016, exactNumber], // bigint
  [21, 1005, Number], // smallint
  [23, 1007, Number], // integer
  [25, 1009, same], // text
  [26, 1028, Number], // oid
  [114, 199, json], // json
  [700, 1021, Number], // real
  [701, 1022, Number], // double precision
  [1042, 1014, same], // character
  [1043, 1015, same], // character varying
  [1082, 1182, same], // date
  [1083, 1183, same], // time
  [1114, 1115, isoTime], // timestamp
  [1184, 1185, isoZoned], // timestamp with time zone
  [1186, 1187, same], // interval
  [1700, 1231, exactNumber], // numeric
  [2205, 2210, same], // regclass
  [2950, 2951, same], // uuid
  [3802, 3807, json], // jsonb
];

const arrayOf =
  (read: Read): Read =>
  (text) =>
    parse(text, read);

const readers: ReadonlyMap<number, Read> = new Map(
  types.flatMap(([type, array, read]): [number, Read][] => [
    [type, read],
    [array, arrayOf(read)],
  ]),
);

/**
 * Plain values, as the other engines give them: integers and decimals are numbers where a double holds them exactly,
 * else text; dates and times ISO text, with `Z` where the type has a zone; bytes base64; JSON read; arrays of these;
 * everything else as the server prints it. For the `types` of a client.
 */
export const plainTypes: pg.CustomTypesConfig = {
  getTypeParser: (type: number): Read => readers.get(type) ?? same,
};
