import { oneOf } from '../domain/kind.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import type { Plan } from '../domain/plan.ts';
import { displayName, type Relation } from '../domain/relation.ts';
import type { Catalog } from '../warehouse/port.ts';
import { definitionsOf } from './definition.ts';
import { mapNames } from './names.ts';
import { type PlanFacts, sealed } from './plan.ts';
import { noWork } from './prepare.ts';
import { strategyFor } from './strategies/registry.ts';

/** What each materialization leaves behind; others are not checked for their kind. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  table: ['table'],
  incremental: ['table'],
  snapshot: ['table'],
  seed: ['table'],
  view: ['view'],
  materialized_view: ['materialized view'],
  function: ['function', 'macro', 'table macro'],
};

/**
 * In what live is not what the commit would build: a relation that is missing, of another kind, or without a column
 * that the project declares with a type. Empty: live can be adopted as this commit.
 */
export function adoptDifferences(
  manifest: Manifest,
  catalog: Catalog,
  locate: (relation: Relation) => Relation,
): readonly string[] {
  return [...manifest.nodes.values()].flatMap((node) => differencesOf(node, catalog, locate));
}

function differencesOf(
  node: ManifestNode,
  catalog: Catalog,
  locate: (relation: Relation) => Relation,
): readonly string[] {
  if (!node.relation) return [];
  const name = displayName(node.relation);
  const found = catalog.find(locate(node.relation));
  if (!found) return [`${name} (${node.id}) is not there`];
  const expected = kinds[node.resource === 'seed' || node.resource === 'snapshot' ? node.resource : node.materialized];
  if (expected && !expected.includes(found.kind))
    return [
      `${name} is ${oneOf(found.kind)}; this commit builds a ${node.resource === 'function' ? 'function' : expected.join(' or ')}`,
    ];
  const columns = new Set(found.columns.map((column) => column.name.toLowerCase()));
  return node.columns
    .filter((column) => column.type !== null && !columns.has(column.name.toLowerCase()))
    .map((column) => `${name} has no column ${column.name}`);
}

/** What is live as the release that it was never built by: everything carried, nothing built. */
export function planAdoption(facts: PlanFacts): Plan {
  const names = mapNames(facts.manifests, facts.locate);
  const strategy = strategyFor(facts.traits.exchange);
  return sealed({
    schema: 'lastgreen/plan/1',
    environment: facts.environment,
    kind: 'deploy',
    exchange: facts.traits.exchange,
    sha: facts.sha,
    subject: facts.subject,
    baseline: null,
    inputs: facts.inputs,
    nodes: [],
    removed: [],
    renamed: [],
    ...noWork(facts, names, strategy).plan,
    checks: [],
    definitions: definitionsOf(facts.manifests.live),
    tests: [],
    hooks: [],
    warnings: [],
  });
}
