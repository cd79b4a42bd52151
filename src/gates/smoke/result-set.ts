import { percent } from '../words.ts';

export type Row = Readonly<Record<string, unknown>>;

type Quantity = number | bigint;
const isQuantity = (value: unknown): value is Quantity => typeof value === 'number' || typeof value === 'bigint';

/** Adapters hand a number over as text where a double would not hold it exactly. */
function quantity(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value)) return value;
  return value.includes('.') ? Number(value) : BigInt(value);
}

/**
 * Where two results differ, as sentences about the candidate; none when they are equal. Columns of numbers are measures:
 * they may differ by the fraction `within` of live's value. The others are the key: a key that only one side has is a
 * difference, and rows of one key are compared in the order of their measures. A column of nothing but text is a key,
 * also when its text looks like numbers (a postal code).
 */
export function differences(candidate: readonly Row[], live: readonly Row[], within: number): readonly string[] {
  const [here, there] = [columnsOf(candidate), columnsOf(live)];
  const odd = [...here].filter((column) => !there.has(column)).concat([...there].filter((column) => !here.has(column)));
  if (candidate.length > 0 && live.length > 0 && odd.length > 0)
    return [`only one side has the column ${odd.join(', ')}`];
  const columns = [...new Set([...here, ...there])];
  const all = [...candidate, ...live];
  const measures = columns.filter((column) => isMeasure(all.map((row) => row[column])));
  const keys = columns.filter((column) => !measures.includes(column));
  const [mine, theirs] = [candidate, live].map((rows) => Map.groupBy(rows, (row) => keyOf(row, keys)));
  if (!mine || !theirs) return [];
  return [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((key) =>
    groupDifferences(
      nameOf(key, keys),
      measured(mine.get(key) ?? [], measures),
      measured(theirs.get(key) ?? [], measures),
      measures,
      within,
    ),
  );
}

const isMeasure = (values: readonly unknown[]): boolean =>
  values.some(isQuantity) && values.every((value) => value === null || isQuantity(quantity(value)));

const columnsOf = (rows: readonly Row[]): Set<string> => new Set(rows.flatMap((row) => Object.keys(row)));

const keyOf = (row: Row, keys: readonly string[]): string => JSON.stringify(keys.map((column) => plain(row[column])));

/** A value as text that is equal exactly when the value is; types stay apart. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (value instanceof Date) return value.toISOString();
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function nameOf(key: string, keys: readonly string[]): string {
  // What keyOf wrote a moment ago.
  const values = JSON.parse(key) as readonly unknown[];
  return keys.map((column, index) => `${column} ${shown(values[index])}`).join(', ') || 'the result';
}

/** A value of a row for people. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? String(value) : JSON.stringify(plain(value));
}

function groupDifferences(
  name: string,
  mine: readonly Row[],
  theirs: readonly Row[],
  measures: readonly string[],
  within: number,
): readonly string[] {
  if (theirs.length === 0) return [`${name} is new`];
  if (mine.length === 0) return [`${name} is gone`];
  if (mine.length !== theirs.length) return [`${name} has ${mine.length} rows, live has ${theirs.length}`];
  return mine.flatMap((row, index) => {
    const other = theirs[index] ?? {};
    return measures
      .filter((column) => !close(row[column], other[column], within))
      .map((column) => `${name}: ${column} is ${said(row[column], other[column])}`);
  });
}

const measured = (rows: readonly Row[], measures: readonly string[]): readonly Row[] =>
  rows
    .map((row) => Object.fromEntries(measures.map((column) => [column, quantity(row[column])])))
    .toSorted((a, b) => measures.reduce((order, column) => order || compare(a[column], b[column]), 0));

/** Nulls first, then what is no number; numbers and bigints compare by value. */
function compare(a: unknown, b: unknown): number {
  const rank = (value: unknown) => (isQuantity(value) ? (Number.isNaN(value) ? 1 : 2) : 0);
  if (!isQuantity(a) || !isQuantity(b) || rank(a) !== rank(b)) return rank(a) - rank(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function close(mine: unknown, theirs: unknown, within: number): boolean {
  if (compare(mine, theirs) === 0) return true;
  if (!isQuantity(mine) || !isQuantity(theirs)) return false;
  return within > 0 && Math.abs(Number(mine) - Number(theirs)) <= within * Math.abs(Number(theirs));
}

function said(mine: unknown, theirs: unknown): string {
  if (!isQuantity(mine) || !isQuantity(theirs)) return `${number(mine)}, live's ${number(theirs)}`;
  const change = (Number(mine) - Number(theirs)) / Math.abs(Number(theirs));
  if (!Number.isFinite(change)) return `${number(mine)}, live's ${number(theirs)}`;
  return `${number(mine)}, ${percent(Math.abs(change))} ${change < 0 ? 'less' : 'more'} than live's ${number(theirs)}`;
}

const number = (value: unknown): string => (isQuantity(value) ? value.toLocaleString('en-US') : 'null');
