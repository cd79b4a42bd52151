import type { NodeId } from '../domain/ids.ts';
import type { Inputs, Manifest, ManifestNode } from '../domain/manifest.ts';
import type { Reason } from '../domain/plan.ts';
import { nameKey, type Relation } from '../domain/relation.ts';
import { change, type OwnChange, ownChanges, type Pair, pair } from './difference.ts';
import { parentsFirst, parentsOf } from './graph.ts';
import { inputChanges, inputReasons, noInputChanges } from './inputs.ts';

/** All manifests are parsed for the live side; relations are as dbt has them. */
export interface ChangeFacts {
  /** Of what the mark says is live; null for a first release. */
  readonly baseline: Manifest | null;
  readonly current: Manifest;
  /** dbt's answer: `state:modified+` against the baseline, and what a person selected. */
  readonly selectedByDbt: readonly NodeId[];
  /** Whether a person selected nodes. */
  readonly asked: boolean;
  readonly baselineInputs: Inputs | null;
  readonly inputs: Inputs;
  /** As the baseline's plan recorded them; null: nobody did, and nothing follows from it. */
  readonly baselineDefinitions: Readonly<Record<NodeId, string>> | null;
  /** Nodes whose live relation is not there although the baseline has it. */
  readonly missing: readonly NodeId[];
}

export interface Changes {
  /** Why each node is in; parents first. */
  readonly reasons: ReadonlyMap<NodeId, readonly Reason[]>;
  /** What changed of the node itself, without `upstream`. */
  readonly own: ReadonlyMap<NodeId, readonly OwnChange[]>;
  /** The node of the baseline that each node continues: itself, or what it was called. */
  readonly before: ReadonlyMap<NodeId, ManifestNode>;
  readonly removed: readonly { readonly id: NodeId; readonly live: Relation }[];
  readonly renamed: readonly { readonly from: NodeId; readonly to: NodeId; readonly live: Relation }[];
  /** Hooks that differ, in words; no reason to build anything. */
  readonly hooks: readonly string[];
}

/** What a release of this commit changes, and why each node is in it. */
export function detectChanges(facts: ChangeFacts): Changes {
  const { baseline, current } = facts;
  const renamed = baseline ? renames(baseline, current) : [];
  const before = continued(baseline, current, renamed);
  const own = allOwn(facts, before, new Map(renamed.map(({ from, to }) => [to, from])));
  return {
    reasons: spread(facts, own),
    own,
    before,
    removed: baseline ? removals(baseline, current) : [],
    renamed,
    hooks: hookChanges(baseline, current),
  };
}

function relations(manifest: Manifest): ReadonlyMap<string, ManifestNode> {
  const placed = [...manifest.nodes.values()].flatMap((node) =>
    node.relation ? [[nameKey(node.relation), node] as const] : [],
  );
  return new Map(placed);
}

/** The same relation under a new id, where the old id is gone. */
function renames(baseline: Manifest, current: Manifest): Changes['renamed'] {
  const was = relations(baseline);
  return [...current.nodes.values()].flatMap((node) => {
    const old = node.relation && was.get(nameKey(node.relation));
    const isRename = old && !baseline.nodes.has(node.id) && !current.nodes.has(old.id);
    return isRename && node.relation ? [{ from: old.id, to: node.id, live: node.relation }] : [];
  });
}

/** Relations of the baseline that no node has any more, whatever happened to their node; a source is somebody else's now. */
function removals(baseline: Manifest, current: Manifest): Changes['removed'] {
  const is = new Set([
    ...relations(current).keys(),
    ...[...current.sources.values()].map((source) => nameKey(source.relation)),
  ]);
  return [...baseline.nodes.values()].flatMap((node) =>
    node.relation && !is.has(nameKey(node.relation)) ? [{ id: node.id, live: node.relation }] : [],
  );
}

function continued(
  baseline: Manifest | null,
  current: Manifest,
  renamed: Changes['renamed'],
): ReadonlyMap<NodeId, ManifestNode> {
  const from = new Map(renamed.map((rename) => [rename.to, rename.from]));
  const pairs = [...current.nodes.keys()].flatMap((id) => {
    const old = baseline?.nodes.get(from.get(id) ?? id);
    return old ? [[id, old] as const] : [];
  });
  return new Map(pairs);
}

function allOwn(
  facts: ChangeFacts,
  before: Changes['before'],
  renamedFrom: ReadonlyMap<NodeId, NodeId>,
): Changes['own'] {
  const { baseline, current } = facts;
  const both = baseline && pair(baseline, current);
  const inputs = facts.baselineInputs ? inputChanges(facts.baselineInputs, facts.inputs) : noInputChanges;
  const missing = new Set(facts.missing);
  const own = new Map<NodeId, readonly OwnChange[]>();
  for (const node of current.nodes.values()) {
    const old = before.get(node.id);
    const changes = [
      ...(old && both ? continuedChanges(old, node, both) : [change('new', 'place')]),
      ...renamedChange(renamedFrom.get(node.id), baseline),
      ...(old ? inputReasons(node, current, inputs) : []),
      ...(old && (missing.has(node.id) || isUnknown(old, facts)) ? [change('never built green', 'place')] : []),
    ];
    if (changes.length > 0) own.set(node.id, once(changes));
  }
  return own;
}

const isUnknown = (old: ManifestNode, { baselineDefinitions: known }: ChangeFacts): boolean =>
  known !== null && known[old.id] === undefined;

function continuedChanges(old: ManifestNode, node: ManifestNode, both: Pair): readonly OwnChange[] {
  const moved = old.relation && node.relation && nameKey(old.relation) !== nameKey(node.relation);
  return [
    ...ownChanges(old, node, both),
    ...(moved && old.relation
      ? [change('relation moved', 'place', `was ${pathOf(old.relation)}`)]
      : movedSources(node, both)),
  ];
}

function movedSources(node: ManifestNode, { was, is }: Pair): readonly OwnChange[] {
  const moved = node.dependsOn.nodes.flatMap((id) => {
    const [old, now] = [was.sources.get(id), is.sources.get(id)];
    return old && now && nameKey(old.relation) !== nameKey(now.relation) ? [now.name] : [];
  });
  return moved.length > 0 ? [change('relation moved', 'place', `source ${moved.join(', ')}`)] : [];
}

const pathOf = ({ database, schema, identifier }: Relation): string =>
  [database, schema, identifier].filter((part) => part !== '').join('.');

const renamedChange = (from: NodeId | undefined, baseline: Manifest | null): readonly OwnChange[] =>
  from === undefined ? [] : [change('renamed', 'place', `was ${baseline?.nodes.get(from)?.name ?? from}`)];

/** One reason of each kind: an upgrade may be seen from the version and from a macro. */
const once = (changes: readonly OwnChange[]): readonly OwnChange[] =>
  [...new Map(changes.toReversed().map((one) => [one.why, one])).values()].toReversed();

/**
 * Adds dbt's answer and whatever reads a changed node. Tags, hooks, grants and being asked for concern the node alone,
 * unless dbt says that its readers are in.
 */
function spread({ current, selectedByDbt, asked }: ChangeFacts, own: Changes['own']): Changes['reasons'] {
  const byDbt = new Set(selectedByDbt);
  const passesOn = new Set<NodeId>();
  const reasons = new Map<NodeId, readonly Reason[]>();
  for (const node of parentsFirst(current)) {
    const mine = own.get(node.id) ?? [];
    const parents = parentsOf(node, current);
    const spreading = parents.filter((parent) => passesOn.has(parent.id));
    if (spreading.length > 0 || mine.some((one) => one.weight !== 'light')) passesOn.add(node.id);
    const changed =
      spreading.length > 0 ? spreading : byDbt.has(node.id) ? parents.filter((parent) => reasons.has(parent.id)) : [];
    const upstream: readonly Reason[] =
      changed.length > 0 ? [{ why: 'upstream', detail: changed.map((parent) => parent.name).join(', ') }] : [];
    const stated = mine.map(({ why, detail }) => ({ why, detail }));
    const all = [...stated, ...upstream];
    if (all.length > 0) reasons.set(node.id, all);
    else if (byDbt.has(node.id)) reasons.set(node.id, [{ why: asked ? 'asked for' : 'dbt state', detail: null }]);
  }
  return reasons;
}

function hookChanges(baseline: Manifest | null, current: Manifest): readonly string[] {
  const was = new Map((baseline?.hooks ?? []).map((hook) => [hook.id, hook]));
  const is = new Set(current.hooks.map((hook) => hook.id));
  return [
    ...current.hooks.flatMap((hook) => {
      const old = was.get(hook.id);
      return old?.sql === hook.sql ? [] : [`${hook.when} ${hook.id} (${old ? 'changed' : 'new'})`];
    }),
    ...[...was.values()].flatMap((hook) => (is.has(hook.id) ? [] : [`${hook.when} ${hook.id} (removed)`])),
  ];
}
