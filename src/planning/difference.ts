import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import type { Reason, Why } from '../domain/plan.ts';
import { describedColumns, PLACE_KEYS } from './definition.ts';
import { same, withoutEmpty } from './hash.ts';
import { isInternal, macroGraph, macroName } from './reach.ts';

/**
 * What a change of a node means for its rows and for those that read it.
 * `rows`: they may be others; `layout`: the same rows, kept otherwise; `place`: the same rows under another name;
 * `light`: hooks, grants, docs, tags and the like.
 */
export type Weight = 'rows' | 'layout' | 'place' | 'light';

export interface OwnChange extends Reason {
  readonly weight: Weight;
}

export const change = (why: Why, weight: Weight, detail: string | null = null): OwnChange => ({ why, detail, weight });

const HOOKS = new Set(['pre-hook', 'post-hook', 'pre_hook', 'post_hook']);
const TAGS = new Set(['tags', 'meta']);
/** Says nothing about the rows of a relation that is there already. */
const LIGHT = new Set([
  'grants',
  'docs',
  'persist_docs',
  'group',
  'access',
  'full_refresh',
  'on_schema_change',
  'freshness',
  'labels',
]);
/** Kept with the rows: dbt gives it to what it makes anew. */
const KEPT_LAYOUT = ['partition_by', 'cluster_by', 'indexes'];
const LAYOUT = new Set([...KEPT_LAYOUT, 'materialized', 'on_configuration_change']);
/** Seen elsewhere: the relation, the contract, being there at all. */
const ELSEWHERE = new Set([...PLACE_KEYS, 'contract', 'enabled']);

const weightOf = (key: string): Weight => (LIGHT.has(key) ? 'light' : LAYOUT.has(key) ? 'layout' : 'rows');

/** A manifest and the one that was live before it; both of the same side. */
export interface Pair {
  readonly was: Manifest;
  readonly is: Manifest;
  /** Macros whose text differs, or that are in one of both only. */
  readonly macros: readonly string[];
}

export const pair = (was: Manifest, is: Manifest): Pair => ({
  was,
  is,
  macros: [...new Set([...was.macros.keys(), ...is.macros.keys()])]
    .filter((id) => was.macros.get(id)?.body !== is.macros.get(id)?.body)
    .toSorted(),
});

/** Config of a node that its rows do not have as long as they are kept, by its keys. */
export function layoutBehind(before: ManifestNode, node: ManifestNode): readonly string[] {
  const [old, now] = [resolved(before), resolved(node)];
  return KEPT_LAYOUT.filter((key) => !same(old[key], now[key]));
}

/** Every way in which a node's own definition differs. */
export function ownChanges(before: ManifestNode, node: ManifestNode, both: Pair): readonly OwnChange[] {
  return [
    ...(before.body === node.body ? [] : [change(node.resource === 'seed' ? 'seed file' : 'body', 'rows')]),
    ...(same(withoutEmpty(before.signature), withoutEmpty(node.signature))
      ? []
      : [change('contract', 'rows', 'what it takes or gives')]),
    ...configChanges(before, node),
    ...columnChanges(before, node),
    ...macroChanges(before, node, both),
  ];
}

function configChanges(before: ManifestNode, node: ManifestNode): readonly OwnChange[] {
  if (same(configured(before), configured(node))) return [];
  const [old, now] = [resolved(before), resolved(node)];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => !ELSEWHERE.has(key) && !same(old[key], now[key]))
    .toSorted();
  const rest = keys.filter((key) => !HOOKS.has(key) && !TAGS.has(key));
  const weight = (['rows', 'layout', 'light'] as const).find((candidate) =>
    rest.some((key) => weightOf(key) === candidate),
  );
  const tagged = keys.some((key) => TAGS.has(key)) || !same(before.tags.toSorted(), node.tags.toSorted());
  return [
    ...(weight ? [change('config', weight, rest.join(', '))] : []),
    ...(keys.some((key) => HOOKS.has(key)) ? [change('hooks', 'light')] : []),
    ...(tagged || !same(withoutEmpty(before.meta), withoutEmpty(node.meta)) ? [change('tags', 'light')] : []),
  ];
}

const configured = ({ config, materialized, tags, meta }: ManifestNode): readonly unknown[] => [
  config,
  materialized,
  tags,
  meta,
];

const resolved = (node: ManifestNode): Readonly<Record<string, unknown>> => ({
  // `withoutEmpty` keeps an object an object.
  ...(withoutEmpty(node.config) as Readonly<Record<string, unknown>>),
  materialized: node.materialized,
});

function columnChanges(before: ManifestNode, node: ManifestNode): readonly OwnChange[] {
  if (same(declared(before), declared(node))) return [];
  const sameColumns = same(describedColumns(before), describedColumns(node));
  const sameConstraints = same(withoutEmpty(before.constraints), withoutEmpty(node.constraints));
  if (before.contract.enforced !== node.contract.enforced)
    return [change('contract', 'rows', node.contract.enforced ? 'enforced now' : 'not enforced any more')];
  if (sameColumns && sameConstraints) return [];
  if (!node.contract.enforced) return [change('columns', 'light', changedColumns(before, node))];
  if (sameConstraints && same(promised(before), promised(node)))
    return [change('columns', 'light', changedColumns(before, node))];
  return [change('contract', 'rows', changedColumns(before, node))];
}

const declared = ({ contract, columns, constraints }: ManifestNode): readonly unknown[] => [
  contract,
  columns,
  constraints,
];

const promised = (node: ManifestNode): readonly unknown[] =>
  node.columns.map(({ name, type, constraints }) => withoutEmpty({ name, type, constraints }));

function changedColumns(before: ManifestNode, node: ManifestNode): string | null {
  const text = (of: ManifestNode) =>
    new Map(of.columns.map(({ description: _, ...column }) => [column.name, withoutEmpty(column)]));
  const [old, now] = [text(before), text(node)];
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => !same(old.get(name), now.get(name)));
  return names.length > 0 ? names.join(', ') : null;
}

/** The changed macros that a node reaches, before or now. */
function macroChanges(before: ManifestNode, node: ManifestNode, { was, is, macros }: Pair): readonly OwnChange[] {
  if (macros.length === 0) return [];
  const [old, now] = [macroGraph(was).closure(before), macroGraph(is).closure(node)];
  const changed = macros.filter((id) => old.has(id) || now.has(id));
  const own = changed.filter((id) => !isInternal(id, is));
  const internal = changed.filter((id) => isInternal(id, is));
  return [
    ...(own.length > 0 ? [change('macro', 'rows', own.map(macroName).join(', '))] : []),
    ...(internal.length > 0 ? [change('dbt upgrade', 'light', internal.map(macroName).slice(0, 3).join(', '))] : []),
  ];
}
