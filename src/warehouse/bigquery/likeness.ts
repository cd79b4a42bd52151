import { isDeepStrictEqual } from 'node:util';
import type { TableResource } from './resources.ts';

/** What a table has beside its rows, which tables.patch can change ("Method: tables.patch"). */
const CHANGEABLE = [
  'description',
  'friendlyName',
  'expirationTime',
  'requirePartitionFilter',
  'clustering',
  'defaultCollation',
  'maxStaleness',
  'resourceTags',
  'tableConstraints',
] as const;

/** What only another table would have. */
const FIXED = ['rangePartitioning', 'encryptionConfiguration'] as const;

export interface Likeness {
  /** What makes the one like the other; null: it is. */
  readonly patch: Readonly<Record<string, unknown>> | null;
  /** What no patch can change. */
  readonly unlike: readonly string[];
}

export interface LikenessRules {
  /** What the datasets of the one are called where the other lies. */
  readonly renamed: (dataset: string) => string | null;
  /** Whether what it refers to is there already, by its key; else it refers to what it does. */
  readonly references: boolean;
}

export function likeness(source: TableResource, target: TableResource, rules: LikenessRules): Likeness {
  const wanted = { ...source, tableConstraints: constraintsOf(source, target, rules) };
  const patch: Record<string, unknown> = {};
  for (const key of CHANGEABLE)
    if (!same(valueOf(wanted, key), valueOf(target, key))) patch[key] = valueOf(wanted, key) ?? null;
  if (!same(source.schema.fields, target.schema.fields)) patch['schema'] = { fields: source.schema.fields };
  const labels = labelsLike(source.labels, target.labels);
  if (labels !== null) patch['labels'] = labels;
  const [partitions, has] = [timePartitions(source), timePartitions(target)];
  if (partitions.expirationMs !== has.expirationMs && same(partitions.rest, has.rest))
    patch['timePartitioning'] = { ...partitions.rest, expirationMs: partitions.expirationMs ?? null };
  const unlike = [
    ...FIXED.filter((key) => !same(valueOf(source, key), valueOf(target, key))),
    ...(same(partitions.rest, has.rest) ? [] : ['timePartitioning']),
  ];
  return { patch: Object.keys(patch).length === 0 ? null : patch, unlike };
}

/** What is empty is not there. */
function valueOf(resource: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = resource[key];
  return value === '' || value === false || value === null ? undefined : value;
}

const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b);

/** Labels are merged: one that is null goes away. */
function labelsLike(
  wanted: Readonly<Record<string, string>>,
  has: Readonly<Record<string, string>>,
): Readonly<Record<string, string | null>> | null {
  if (same(wanted, has)) return null;
  const gone = Object.keys(has).filter((key) => !(key in wanted));
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...wanted };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** How long partitions are kept can be changed; what they are by cannot. */
function timePartitions(resource: TableResource): {
  readonly expirationMs: unknown;
  readonly rest: Readonly<Record<string, unknown>> | null;
} {
  const value = resource['timePartitioning'];
  if (!isObject(value)) return { expirationMs: undefined, rest: null };
  const { expirationMs, requirePartitionFilter: _, ...rest } = value;
  return { expirationMs, rest };
}

/** A key of a slot refers to a table of the same slot ("TableConstraints"). */
function constraintsOf(source: TableResource, target: TableResource, { renamed, references }: LikenessRules): unknown {
  const [wanted, has] = [source['tableConstraints'], target['tableConstraints']];
  const keys = references ? foreignKeys(wanted).map((key) => foreignKeyOf(key, renamed)) : foreignKeys(has);
  const { foreignKeys: _, ...rest } = isObject(wanted) ? wanted : {};
  const all = { ...rest, ...(keys.length === 0 ? {} : { foreignKeys: keys }) };
  return Object.keys(all).length === 0 ? undefined : all;
}

const foreignKeys = (constraints: unknown): readonly unknown[] =>
  isObject(constraints) && Array.isArray(constraints['foreignKeys']) ? constraints['foreignKeys'] : [];

/** Whether it refers to other tables. */
export const refers = (resource: TableResource): boolean => foreignKeys(resource['tableConstraints']).length > 0;

function foreignKeyOf(key: unknown, renamed: LikenessRules['renamed']): unknown {
  if (!isObject(key) || !isObject(key['referencedTable'])) return key;
  const { referencedTable } = key;
  const dataset = renamed(String(referencedTable['datasetId']));
  return dataset === null ? key : { ...key, referencedTable: { ...referencedTable, datasetId: dataset } };
}
