/** What a column's type means for those who read it, whatever word the engine or a contract has for it. */
interface ColumnType {
  /** Types of one family hold the same kind of value; a type that is not in the table below is its own family. */
  readonly family: string;
  /** How much fits, part by part: a type holds all of another's values when no part is smaller. */
  readonly size: readonly number[];
  /** False for words that the table below does not have, such as an engine's own or a user's types. */
  readonly known: boolean;
}

const signed = (bits: number) => ({ family: 'integer', size: [bits - 1, bits - 1] });
const unsigned = (bits: number) => ({ family: 'integer', size: [0, bits] });
const float = (bits: number) => ({ family: 'float', size: [bits] });
const one = (family: string) => ({ family, size: [] });

interface Base {
  readonly family: string;
  readonly size: readonly number[];
}

/** The words of standard SQL and the usual engines, each with what it holds when it has no parameters. */
const bases: Readonly<Record<string, Base>> = Object.fromEntries(
  (
    [
      ['tinyint int1', signed(8)],
      ['smallint int2 int16 short', signed(16)],
      ['integer int int4 int32 signed mediumint', signed(32)],
      ['bigint int8 int64 long', signed(64)],
      ['hugeint int128', signed(128)],
      ['utinyint uint8', unsigned(8)],
      ['usmallint uint16', unsigned(16)],
      ['uinteger uint32', unsigned(32)],
      ['ubigint uint64', unsigned(64)],
      ['uhugeint uint128', unsigned(128)],
      ['real float4 float32 float', float(32)],
      ['double float8 float64 double_precision', float(64)],
      ['decimal numeric number dec bignumeric', { family: 'decimal', size: [Infinity, Infinity] }],
      [
        'varchar text string char character bpchar nvarchar character_varying char_varying',
        { family: 'text', size: [Infinity] },
      ],
      ['boolean bool logical', one('boolean')],
      ['date', one('date')],
      ['time time_without_time_zone', one('time')],
      ['timestamp_s', { family: 'timestamp', size: [0] }],
      ['timestamp_ms', { family: 'timestamp', size: [3] }],
      ['timestamp datetime timestamp_us timestamp_ntz timestamp_without_time_zone', { family: 'timestamp', size: [6] }],
      ['timestamp_ns', { family: 'timestamp', size: [9] }],
      [
        'timestamptz timestamp_tz timestamp_ltz timestamp_with_time_zone',
        { family: 'timestamp with time zone', size: [6] },
      ],
      ['blob bytea bytes binary varbinary', one('bytes')],
      ['uuid', one('uuid')],
      ['json jsonb', one('json')],
      ['interval', one('interval')],
    ] as const
  ).flatMap(([words, base]) => words.split(' ').map((word) => [word, base])),
);

/** A name, perhaps numbers in brackets, perhaps more of the name: `timestamp(3) with time zone`. */
const scalar = /^([a-z_][a-z0-9_ ]*?) ?(?:\( ?(\d+) ?(?:, ?(-?\d+) ?)?\))?((?: [a-z][a-z ]*)?)$/;

function parseType(text: string): ColumnType {
  const plain = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const match = scalar.exec(plain);
  const base = match && bases[`${match[1] ?? ''}${match[4] ?? ''}`.replaceAll(' ', '_')];
  if (!base) return { family: plain, size: [], known: false };
  const [first, second] = [match[2], match[3]].map((part) => (part === undefined ? null : Number(part)));
  return { family: base.family, size: sized(base, first ?? null, second ?? 0), known: true };
}

function sized({ family, size }: Base, first: number | null, second: number): readonly number[] {
  if (first === null || size.length === 0) return size;
  if (family === 'decimal') return [first - second, second];
  return family === 'integer' || family === 'float' ? size : [first];
}

export type TypeChange = 'same' | 'widened' | 'narrowed' | 'retyped';

/** What becomes of the values that readers know, when a column of the first type has the second. */
export function typeChange(was: string, is: string): TypeChange {
  const [before, after] = [parseType(was), parseType(is)];
  if (before.family !== after.family) return 'retyped';
  if (before.size.some((part, index) => (after.size[index] ?? 0) < part)) return 'narrowed';
  return before.size.some((part, index) => (after.size[index] ?? 0) > part) ? 'widened' : 'same';
}

/**
 * Whether a column is what its contract says; lengths and precision do not count, as in dbt. `unknown` when the
 * contract's word is not in the table: dbt has asked the engine about it.
 */
export function keepsContract(contract: string, built: string): 'yes' | 'no' | 'unknown' {
  const [said, found] = [parseType(contract), parseType(built)];
  if (said.family === found.family)
    return said.family !== 'integer' || String(said.size) === String(found.size) ? 'yes' : 'no';
  if (!said.known) return 'unknown';
  // An engine without integers stores them as decimals without a fraction.
  return said.family === 'integer' && found.family === 'decimal' && found.size[1] === 0 ? 'yes' : 'no';
}
