import { fail } from '../domain/errors.ts';
import type { NodeId, Sha } from '../domain/ids.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Inputs, Manifest } from '../domain/manifest.ts';
import type { Plan, PlannedNode } from '../domain/plan.ts';
import { type Container, displayName } from '../domain/relation.ts';
import type { Settings } from '../domain/settings.ts';
import type { Check } from '../domain/verdict.ts';
import type { Catalog, Traits } from '../warehouse/port.ts';
import { type Changes, detectChanges } from './changes.ts';
import { definitionsOf } from './definition.ts';
import { isOf } from './grants.ts';
import { heldNames, liveNamesOf, missingNodes, pointersOf } from './guards.ts';
import { hashOf } from './hash.ts';
import { decideHistories, type Histories, type HistorySource, keepsHistory } from './history.ts';
import { type Locate, mapNames, type NameMap } from './names.ts';
import { noWork, prepareSide } from './prepare.ts';
import { strategyFor } from './strategies/registry.ts';

/** Everything that a plan follows from. Manifests are as dbt has them: `locate` gives relations their place. */
export interface PlanFacts {
  readonly environment: string;
  readonly kind: 'deploy' | 'refresh';
  readonly sha: Sha;
  readonly subject: string;
  readonly manifests: {
    readonly live: Manifest;
    readonly idle: Manifest;
    /** Of live's content, for the live side; null: nothing is live. */
    readonly baseline: Manifest | null;
  };
  /** What the mark says is live, with the plan of its content. */
  readonly baseline: (NonNullable<Plan['baseline']> & { readonly plan: Pick<Plan, 'inputs' | 'definitions'> }) | null;
  /** dbt's answer: `state:modified+` against the baseline, and what a person selected. */
  readonly selectedByDbt: readonly NodeId[];
  /** Whether a person selected nodes. */
  readonly asked: boolean;
  readonly inputs: Inputs;
  /** Of the live side. */
  readonly catalog: Catalog;
  readonly ledger: Ledger | null;
  /** Whether what is live was put there, or adopted, by a release. */
  readonly isReleased: boolean;
  readonly sides: { readonly live: readonly Container[]; readonly idle: readonly Container[] };
  readonly locate: Locate;
  readonly settings: Settings;
  readonly traits: Traits;
  /** Nodes that `build: {full_refresh: {except}}` selects. */
  readonly excluded: ReadonlySet<NodeId>;
  /** Size of live relations, bytes, where it is known. */
  readonly bytes?: ReadonlyMap<NodeId, number>;
  /** A way back decides otherwise than a way forward where history comes from. */
  readonly sources?: ReadonlyMap<NodeId, HistorySource>;
  /** The checks that the gates will run. */
  readonly expect: (draft: PlanDraft) => readonly Check[];
}

type PlanDraft = Omit<Plan, 'checks' | 'hash'>;

/** What a release will do. Throws SIDES_COLLIDE, ADOPT_NEEDED, PLAN_REFUSED. */
export function makePlan(facts: PlanFacts): Plan {
  const draft = draftOf(facts);
  return sealed({ ...draft, checks: facts.expect(draft) });
}

/** A plan with the hash that names it. */
export const sealed = (plan: Omit<Plan, 'hash'>): Plan => ({ ...plan, hash: hashOf(plan) });

function draftOf(facts: PlanFacts): PlanDraft {
  const names = mapNames(facts.manifests, facts.locate);
  const strategy = strategyFor(facts.traits.exchange);
  refuseHeldNames(facts, names);
  const { baseline } = facts.manifests;
  const changes = changesOf(facts, names);
  const histories = decideHistories({
    ...facts,
    manifest: facts.manifests.live,
    changes,
    bytes: facts.bytes ?? new Map(),
    seedable: seedable(facts, changes),
  });
  const nodes = plannedNodes(facts, names, changes, histories);
  const removed = changes.removed.map(({ id, live }) => ({ id, live: facts.locate(live, 'live') }));
  const nothing = baseline !== null && nodes.every((node) => node.live === null) && removed.length === 0;
  const side = { ...facts, nodeOf: (id: NodeId) => facts.manifests.live.nodes.get(id) };
  const work = nothing
    ? noWork(side, names, strategy)
    : prepareSide(side, { names, strategy, changes, nodes, removed });
  const problems = [...histories.problems, ...work.problems, ...sharedProblems(facts, names, nodes)];
  if (problems.length > 0) fail('PLAN_REFUSED', { problems, next: 'change what it says, then lastgreen plan' });
  return {
    schema: 'lastgreen/plan/1',
    environment: facts.environment,
    kind: nothing ? 'no-op' : facts.kind,
    exchange: facts.traits.exchange,
    sha: facts.sha,
    subject: facts.subject,
    baseline: facts.baseline && {
      release: facts.baseline.release,
      content: facts.baseline.content,
      sha: facts.baseline.sha,
    },
    inputs: facts.inputs,
    nodes: nothing ? [] : nodes,
    removed,
    renamed: changes.renamed.map((rename) => ({ ...rename, live: facts.locate(rename.live, 'live') })),
    ...work.plan,
    definitions: definitionsOf(facts.manifests.live),
    tests: nothing ? facts.selectedByDbt.filter((id) => facts.manifests.live.tests.has(id)) : [],
    hooks: changes.hooks,
    warnings: nothing ? [] : [...warnings(names, nodes), ...revocations(work.plan, facts.catalog)],
  };
}

function changesOf(facts: PlanFacts, names: NameMap): Changes {
  const { baseline, live } = facts.manifests;
  return detectChanges({
    baseline,
    current: live,
    selectedByDbt: facts.selectedByDbt,
    asked: facts.asked,
    inputs: facts.inputs,
    baselineInputs: facts.baseline?.plan.inputs ?? null,
    baselineDefinitions: facts.baseline?.plan.definitions ?? null,
    missing: missingNodes(names, new Set(baseline?.nodes.keys()), facts.catalog),
  });
}

function refuseHeldNames(facts: PlanFacts, names: NameMap): void {
  const { manifests, locate, catalog, traits, sides } = facts;
  const released = facts.isReleased
    ? { relations: liveNamesOf(manifests.baseline, locate), ledger: facts.ledger }
    : null;
  const pointers = pointersOf(traits, sides.live);
  const held = heldNames({ names, catalog, released, pointers });
  if (held.length > 0) fail('ADOPT_NEEDED', { names: held, released: facts.isReleased });
}

/** Nodes whose live relation, under whatever name, holds rows to start from. */
function seedable({ catalog, locate }: PlanFacts, changes: Changes): ReadonlySet<NodeId> {
  const found = [...changes.before].filter(([, old]) => {
    const relation = old.relation && catalog.find(locate(old.relation, 'live'));
    return relation && !relation.kind.includes('view');
  });
  return new Set(found.map(([id]) => id));
}

function plannedNodes(
  facts: PlanFacts,
  names: NameMap,
  changes: Changes,
  histories: Histories,
): readonly PlannedNode[] {
  return [...changes.reasons].flatMap(([id, reasons]) => {
    const node = facts.manifests.live.nodes.get(id);
    const decision = histories.decisions.get(id);
    if (!node || !decision) return [];
    const named = names.nodes.get(id);
    const { name, resource, materialized } = node;
    return [
      { id, name, resource, materialized, live: named?.live ?? null, idle: named?.idle ?? null, reasons, ...decision },
    ];
  });
}

/** Of what live lets in until then. */
const revocations = ({ settle }: Pick<Plan, 'settle'>, catalog: Catalog): readonly string[] =>
  settle.flatMap((fill) => {
    if (fill.do !== 'protect') return [];
    const grants = catalog.find(fill.live)?.protection?.grants ?? [];
    const gone = (fill.revoked ?? []).filter((right) => grants.some(({ what }) => isOf([right], what)));
    return gone.map(
      ({ privilege, grantee }) =>
        `Revoked by this commit: ${privilege} on ${displayName(fill.live)} from ${grantee}, also where it was granted by hand.`,
    );
  });

/** By name or by dbt's id, as people write them in lastgreen.yml. */
const inPlace = (node: PlannedNode, settings: Settings): boolean =>
  settings.shared.inPlace.includes(node.name) || settings.shared.inPlace.includes(node.id);

const sharedProblems = ({ settings }: PlanFacts, names: NameMap, nodes: readonly PlannedNode[]): readonly string[] =>
  nodes
    .filter((node) => names.nodes.get(node.id)?.shared && !inPlace(node, settings))
    .map(
      (node) =>
        `${node.name} is the same relation on all sides and changed: readers would see it being built. Give it a name of its own on the idle side, or list it under \`shared: {in_place}\`.`,
    );

const warnings = (names: NameMap, nodes: readonly PlannedNode[]): readonly string[] =>
  nodes.flatMap((node) => [
    ...(names.nodes.get(node.id)?.shared
      ? [`${node.name} is built in place: readers see it before the cutover, and no rollback takes it back.`]
      : []),
    ...(node.checkShape
      ? [`${node.name} keeps its rows (${node.because}): columns and layout are checked after the build.`]
      : []),
    ...(keepsHistory(node) && node.history === 'full' && node.because !== 'new'
      ? [`${node.name} is built in full: ${node.because}.`]
      : []),
  ]);
