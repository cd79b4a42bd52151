import type { NodeId } from '../domain/ids.ts';
import type { ManifestNode } from '../domain/manifest.ts';
import type { Relation } from '../domain/relation.ts';
import type { CatalogRelation } from '../warehouse/port.ts';
import { type HistorySource, keepsHistory } from './history.ts';
import type { LevelFacts, Levelled } from './level.ts';
import type { Locate } from './names.ts';
import { irreplaceable, unservedColumns } from './protect.ts';
import type { RollbackFacts } from './rollback-facts.ts';

export interface SourceFacts {
  /** Nodes that are not the same in both, or read such a node. */
  readonly changed: ReadonlySet<NodeId>;
  /** Live has this content already: everything is built once more, from what live has. */
  readonly again: boolean;
  readonly locate: Locate;
  /** Where the target's relation of a live name is kept, if it is. */
  readonly keptOf: (live: Relation) => Relation | null;
  /** Whether rows were written to a live relation since the target left live. */
  readonly moved: (live: Relation) => boolean;
  readonly accepts: LevelFacts['accepts'];
}

export interface Sources {
  readonly sources: ReadonlyMap<NodeId, HistorySource>;
  readonly losses: Levelled['losses'];
}

/**
 * Where each node's history comes from when the target's commit is built again: from the kept side; from live only
 * where the node and all its ancestors are the same in both; else it is built in full, or refused by name. Rows that
 * cannot be made again stay as live has them, where their columns allow.
 */
export function historySources(facts: RollbackFacts, o: SourceFacts): Sources {
  const sources = new Map<NodeId, HistorySource>();
  const losses: Levelled['losses'][number][] = [...gone(facts, o)];
  for (const node of facts.to.manifest?.nodes.values() ?? []) {
    if (!node.relation || !keepsHistory(node) || !(o.again || o.changed.has(node.id))) continue;
    const relation = o.locate(node.relation, 'live');
    const live = facts.catalog.find(relation);
    const rests = o.keptOf(relation);
    const kept = rests && facts.catalog.find(rests);
    const precious = irreplaceable(node, facts.settings);
    const found = { node, relation, live, kept, equal: !o.changed.has(node.id) };
    if (precious === null) sources.set(node.id, replaceable(found));
    else {
      const { source, loss } = preciousSource(found, precious, o);
      sources.set(node.id, source);
      if (loss) losses.push(loss);
    }
  }
  return { sources, losses };
}

interface Found {
  readonly node: ManifestNode;
  readonly relation: Relation;
  readonly live: CatalogRelation | null;
  readonly kept: CatalogRelation | null;
  readonly equal: boolean;
}

function replaceable({ relation, live, kept, equal }: Found): HistorySource {
  if (kept) return { is: 'copy', from: kept.relation, because: 'its history is on the kept side' };
  if (live && equal) return { is: 'copy', from: relation, because: 'it and all above it are the same in both' };
  return { is: 'full', because: 'no side holds its history as this commit makes it' };
}

function preciousSource(
  { node, relation, live, kept, equal }: Found,
  precious: string,
  o: SourceFacts,
): { source: HistorySource; loss: Levelled['losses'][number] | null } {
  const unserved = live && kept ? unservedColumns(live, kept) : equal ? [] : null;
  if (live && unserved?.length === 0)
    return { source: { is: 'copy', from: relation, because: `${precious}: live's rows stay` }, loss: null };
  if (live && kept) {
    const accepted = o.accepts(node.name, node.id, relation);
    const sentence = `${node.name} (${precious}): what is gone back to needs ${unserved?.join(', ') ?? 'other columns'} as live does not have it, so that live's rows cannot stay`;
    return {
      source: { is: 'copy', from: kept.relation, because: `${precious}: as the kept side has it` },
      loss: accepted ? null : { name: node.name, sentence },
    };
  }
  if (kept)
    return {
      source: { is: 'copy', from: kept.relation, because: `${precious}: only the kept side has it` },
      loss: null,
    };
  if (o.accepts(node.name, node.id, relation))
    return { source: { is: 'full', because: 'its rows may be lost' }, loss: null };
  return {
    source: { is: 'refuse', because: `it is ${precious}, its definition is another one, and no kept side holds it` },
    loss: null,
  };
}

/** Nodes that only live has, with rows that came after the cutover and cannot be made again. */
function gone(facts: RollbackFacts, o: SourceFacts): Levelled['losses'] {
  return [...(facts.from.manifest?.nodes.values() ?? [])].flatMap((node) => {
    const precious = irreplaceable(node, facts.settings);
    if (!node.relation || precious === null || facts.to.manifest?.nodes.has(node.id)) return [];
    const relation = o.locate(node.relation, 'live');
    const isLost = facts.catalog.find(relation) && o.moved(relation) && !o.accepts(node.name, node.id, relation);
    return isLost
      ? [
          {
            name: node.name,
            sentence: `${node.name} (${precious}): only what is live has it, and rows were written to it since the cutover`,
          },
        ]
      : [];
  });
}
