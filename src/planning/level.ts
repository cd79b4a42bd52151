import type { LiveLook, Seal } from '../domain/cutover.ts';
import type { NodeId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import { type Container, contains, displayName, nameKey, type Relation, sameName } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Catalog, CatalogRelation } from '../warehouse/port.ts';
import { type Locate, place } from './names.ts';
import { stateRule } from './patterns.ts';
import { irreplaceable, unservedColumns } from './protect.ts';

export interface LevelFacts {
  readonly live: readonly Container[];
  /** The kept side, in step; what is gone back to has none of the last ones of live, where there are more. */
  readonly kept: readonly Container[];
  /** Of live and of the kept side. */
  readonly catalog: Catalog;
  /** Whether a relation of live is another than when the kept side was displaced; unknown counts as yes. */
  readonly moved: (relation: Relation) => boolean;
  /** Of what is live. */
  readonly from: Manifest;
  /** Of what is gone back to. */
  readonly to: Manifest;
  /** Nodes that are not the same in both, or read such a node. */
  readonly changed: ReadonlySet<NodeId>;
  readonly locate: Locate;
  readonly settings: Pick<Settings, 'irreplaceable' | 'state'>;
  readonly accepts: (name: string, id: NodeId | null, relation: Relation) => boolean;
  /** Whether a relation of live goes with it, where not all do: what is beside the views that readers use stays. */
  readonly goes?: (relation: Relation) => boolean;
}

/** What happens to the rows of live when a kept container takes its place. */
export interface Levelled {
  /** Keep live's rows: copied into a copy of the kept side. */
  readonly staying: readonly { readonly name: string; readonly live: Relation; readonly because: string }[];
  /** Go back to what the kept side has. */
  readonly goingBack: readonly {
    readonly id: NodeId;
    readonly name: string;
    readonly materialized: string;
    readonly live: Relation;
    readonly kept: Relation;
    readonly movedOn: boolean;
  }[];
  /** Would lose rows that cannot be made again, in sentences, with what to accept. */
  readonly losses: readonly { readonly name: string; readonly sentence: string }[];
}

interface Owner {
  readonly node: ManifestNode | null;
  readonly name: string;
}

/** Decides for every relation of live; a relation that nobody wrote to since the cutover stays out of it. */
export function level(facts: LevelFacts): Levelled {
  const owners = ownersOf(facts);
  const verdicts = facts.catalog.relations
    .filter(({ relation }) => facts.live.some((side) => contains(side, relation)) && (facts.goes?.(relation) ?? true))
    .map((found) =>
      judge(found, owners.get(nameKey(found.relation)) ?? { node: null, name: displayName(found.relation) }, facts),
    );
  return {
    staying: verdicts.flatMap((verdict) => (verdict.is === 'stays' ? [verdict] : [])),
    goingBack: verdicts.flatMap((verdict) => (verdict.is === 'goes back' ? [verdict] : [])),
    losses: verdicts.flatMap((verdict) => (verdict.is === 'loses' ? [verdict] : [])),
  };
}

type Verdict =
  | { readonly is: 'untouched' }
  | ({ readonly is: 'stays' } & Levelled['staying'][number])
  | ({ readonly is: 'goes back' } & Levelled['goingBack'][number])
  | ({ readonly is: 'loses' } & Levelled['losses'][number]);

const untouched: Verdict = { is: 'untouched' };

function judge(found: CatalogRelation, { node, name }: Owner, facts: LevelFacts): Verdict {
  const live = found.relation;
  const moved = facts.moved(live);
  // A node's view has no rows of its own: its text goes back with the side.
  if (node && found.kind.includes('view')) return untouched;
  const kept = place(live, facts.live, facts.kept);
  if (sameName(kept, live)) return leaving(name, node, facts, { live, moved });
  const there = facts.catalog.find(kept);
  if (node === null && there && stateRule(live, facts.settings) !== null)
    return { is: 'stays', name, live, because: 'it belongs to the environment (state:)' };
  const changed = node !== null && facts.changed.has(node.id);
  const precious = node ? irreplaceable(node, facts.settings) : 'no release builds it';
  if (changed && precious === null)
    return there
      ? { is: 'goes back', id: node.id, name, materialized: node.materialized, live, kept, movedOn: moved }
      : untouched;
  if (!changed && !moved) return untouched;
  if (node && !there && !facts.to.nodes.has(node.id)) return added(name, node, live, moved, facts);
  const unserved = there ? unservedColumns(found, there) : [];
  if (unserved.length === 0)
    return { is: 'stays', name, live, because: precious ?? 'it was written to since the cutover' };
  if (precious === null && node && there)
    return { is: 'goes back', id: node.id, name, materialized: node.materialized, live, kept, movedOn: moved };
  if (facts.accepts(name, node?.id ?? null, live)) return untouched;
  return {
    is: 'loses',
    name,
    sentence: `${name} (${precious ?? 'written to since'}): what is gone back to needs ${unserved.join(', ')} as live does not have it, so that live's rows cannot stay`,
  };
}

/** Only the release that is taken back has it: its own rows go with it, later ones do not without being asked. */
function added(name: string, node: ManifestNode, live: Relation, moved: boolean, facts: LevelFacts): Verdict {
  if (!moved || facts.accepts(name, node.id, live)) return untouched;
  return {
    is: 'loses',
    name,
    sentence: `${name} (${irreplaceable(node, facts.settings) ?? 'new'}): only what is live has it, and rows were written to it since the cutover`,
  };
}

/** In a container that only what is live has. */
function leaving(
  name: string,
  node: ManifestNode | null,
  facts: LevelFacts,
  { live, moved }: { readonly live: Relation; readonly moved: boolean },
): Verdict {
  if (node) return added(name, node, live, moved, facts);
  if (facts.accepts(name, null, live)) return untouched;
  return {
    is: 'loses',
    name,
    sentence: `${name} (no release builds it): it would leave live with all that is in ${live.schema}, which what is gone back to does not have`,
  };
}

/** Whether a relation is another than when a release that displaced the kept side was sealed; unknown counts as yes. */
export function movedOn({
  look,
  seal,
  live,
}: {
  readonly look: LiveLook;
  /** What both sides had in common then; null: nobody knows. */
  readonly seal: Seal | null;
  readonly live: readonly Container[];
}): (relation: Relation) => boolean {
  const now = new Map(look.fingerprints.map(([relation, fingerprint]) => [nameKey(relation), fingerprint]));
  const then = new Map(
    seal?.fingerprints.map(([relation, fingerprint]) => [nameKey(place(relation, seal.sides, live)), fingerprint]),
  );
  return (relation) => {
    const [was, is] = [then.get(nameKey(relation)), now.get(nameKey(relation))];
    return was === undefined || is === undefined || was !== is;
  };
}

/** Nodes by the relation that they have on live; one that only the target has is none of live's. */
function ownersOf({ from, to, locate }: LevelFacts): ReadonlyMap<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const manifest of [to, from])
    for (const node of manifest.nodes.values())
      if (node.relation) owners.set(nameKey(locate(node.relation, 'live')), { node, name: node.name });
  return owners;
}
