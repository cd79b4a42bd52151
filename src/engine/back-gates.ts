import type { Fill } from '../domain/change.ts';
import { fail } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import { exchangesAll, type Plan } from '../domain/plan.ts';
import { type Container, contains, nameKey, type Relation, sameName } from '../domain/relation.ts';
import { outcome, shortly } from '../domain/verdict.ts';
import type { Side } from '../gates/gate.ts';
import { expectAll, gates } from '../gates/registry.ts';
import { place } from '../planning/names.ts';
import type { MoveBack, SwapBack } from '../planning/rollback.ts';
import { schemasOf } from '../planning/strategies/strategy.ts';
import { readKept } from './artifacts.ts';
import { ask, objections } from './gating.ts';
import { phase } from './phase.ts';
import type { Session } from './session.ts';
import { liveRelations, openSide } from './sides.ts';

/**
 * Asks what must hold of a side that readers had before: it is whole, and reads no other side. Comparisons with the
 * live that is left would only keep people waiting. Throws BACK_REJECTED; live is as before.
 */
export async function askBack(
  s: Session,
  release: ReleaseId,
  back: Pick<SwapBack, 'target' | 'moves' | 'protect' | 'live'>,
  kept: readonly Container[],
): Promise<void> {
  const { ports, held } = s;
  const { target } = back;
  const plan = await s.records.plan(target);
  if (!plan) return;
  const { manifests, results } = await readKept(ports, s.records, target, null);
  const answers = await phase(ports, 'gates', 'sealed', async () => {
    const signal = held.signal;
    const side = sideBack(manifests.live, plan, back, kept);
    const candidate = await openSide(ports, { ...side, look: null, signal });
    const current = await openSide(ports, {
      // What the target's release changed says nothing of what goes back.
      containers: back.live,
      relationOf: liveRelations(manifests.live, plan.live),
      look: null,
      signal,
    });
    // The kept side was filled long ago: nothing vanishes by filling it.
    const filled = { ...plan, prepare: [], settle: rightsBack(back, current, { candidate, live: back.live, kept }) };
    const expected = expectAll(gates, {
      plan: filled,
      settings: ports.settings,
      manifest: manifests.idle,
      liveManifest: manifests.live,
      baseline: null,
      direction: 'back',
    });
    const checks = expected.filter((check) => check.at === 'sealed' && check.severity === 'fail');
    const asked = { ...filled, checks };
    return ask(ports, { plan: asked, manifests, at: 'sealed', candidate, current, results, direction: 'back', signal });
  });
  await s.append({ is: 'gated', release, at: 'sealed', answers });
  if (outcome(answers) === 'pass') return;
  const failed = objections(answers);
  await s.append({ is: 'aborted', release, because: failed.map(shortly).join('; ') });
  fail('BACK_REJECTED', { release, failed });
}

/** What comes back is asked whether it has the rights of what it replaces. */
const rightsBack = (
  { moves, protect }: Pick<SwapBack, 'moves' | 'protect'>,
  { catalog }: Side,
  whole: Whole,
): readonly Fill[] =>
  (moves ?? movesOf(whole, catalog)).flatMap(({ live, from }): readonly Fill[] => {
    if (!from || !catalog.find(live)?.protection) return [];
    return [protect.find((fill) => sameName(fill.idle, from)) ?? { do: 'protect', live, idle: from }];
  });

interface Whole {
  readonly candidate: Side;
  /** What is replaced, and by what, in step. */
  readonly live: readonly Container[];
  readonly kept: readonly Container[];
}

/** What changes places with whole containers. */
const movesOf = ({ candidate, live, kept }: Whole, catalog: Side['catalog']): readonly MoveBack[] =>
  catalog.relations
    .map(({ relation }) => ({ live: relation, from: place(relation, live, kept) }))
    .filter(({ from }) => candidate.catalog.find(from) !== null);

/** The side as it will be: the kept one with what of live stays beside it, or live with what moves back in its place. */
function sideBack(
  manifest: Manifest,
  { live, exchange }: Pick<Plan, 'live' | 'exchange'>,
  { moves, live: replaced }: Pick<SwapBack, 'moves' | 'live'>,
  kept: readonly Container[],
): { containers: readonly Container[]; relationOf: (node: string) => Relation | null } {
  const onLive = liveRelations(manifest, live);
  if (moves === null) {
    const lives = [...manifest.nodes.keys()].flatMap((node) => onLive(node) ?? []);
    const isReplaced = (relation: Relation): boolean => replaced.some((container) => contains(container, relation));
    const beside = exchangesAll(exchange) ? [] : schemasOf(lives.filter((relation) => !isReplaced(relation)));
    return { containers: [...kept, ...beside], relationOf: liveRelations(manifest, replaced, kept) };
  }
  const resting = new Map(moves.map((move) => [nameKey(move.live), move.from]));
  const relationOf = (node: string): Relation | null => {
    const found = onLive(node);
    return found && (resting.get(nameKey(found)) ?? found);
  };
  return { containers: [...live, ...kept], relationOf };
}
