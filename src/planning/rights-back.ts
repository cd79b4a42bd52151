import type { Protect, Right } from '../domain/change.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import { type Container, contains, displayName, nameKey, type Relation } from '../domain/relation.ts';
import { givenBeside, isOf } from './grants.ts';
import { restingSince } from './moves-back.ts';
import { type Locate, place } from './names.ts';
import { type GivenOf, haveSameRights, protectBack } from './rights.ts';
import type { MoveBack, RollbackFacts } from './rollback-facts.ts';

/**
 * The rights of what goes back: those that live has by now, so that whom somebody let in or shut out by hand stays so; but
 * what the commits between gave goes with them, and what they took from the target's definition comes back. The latter
 * only where all that had the name before live still gave it: a right that was gone earlier may have been taken by hand.
 */
export function rightsBack(
  facts: RollbackFacts,
  moves: readonly MoveBack[],
  locate: Locate,
): { readonly protect: readonly Protect[]; readonly warnings: readonly string[] } {
  const { given, warnings } = givenBack(facts, locate);
  return { protect: protectBack(moves, facts.catalog, given), warnings };
}

/**
 * The same where whole containers come back, from where they rest or as copies of that. `past`: the copy is of an earlier
 * time, so that nobody knows what is in it.
 */
export function rightsOfWhole(
  facts: RollbackFacts,
  {
    live: lives,
    from,
    to,
    past = false,
  }: {
    readonly live: readonly Container[];
    readonly from: readonly Container[];
    readonly to: readonly Container[];
    readonly past?: boolean;
  },
  locate: Locate,
): { readonly protect: readonly Protect[]; readonly warnings: readonly string[] } {
  const { catalog } = facts;
  const { given, warnings } = givenBack(facts, locate);
  const protect = catalog.relations
    .filter(({ relation, protection }) => protection && lives.some((side) => contains(side, relation)))
    .flatMap((is): readonly Protect[] => {
      const { relation: live } = is;
      const comes = catalog.find(place(live, lives, from));
      if (comes ? haveSameRights(is, comes) : !past) return [];
      return [{ do: 'protect', live, idle: place(live, lives, to), restored: [], ...given(live) }];
    });
  return { protect, warnings };
}

/** By live name, what a commit between gave or took; `warnings` fills as names are asked for. */
export function givenBack(
  facts: RollbackFacts,
  locate: Locate,
): { readonly given: GivenOf; readonly warnings: readonly string[] } {
  const [was, is] = [facts.to, facts.from].map(({ manifest }) => byName(manifest, locate));
  const warnings: string[] = [];
  const given: GivenOf = (live) => {
    const [target, now] = [was?.get(nameKey(live)), is?.get(nameKey(live))];
    if (!target || !now) return {};
    const rests = restingSince(facts, live);
    const gives = (right: Right): boolean => rests.every((at) => grants(facts, at).some((what) => isOf([right], what)));
    const [revoked, lacking] = [givenBeside(now, target), givenBeside(target, now)];
    const restored = lacking.filter(gives);
    for (const { privilege, grantee } of lacking.filter((right) => !gives(right)))
      warnings.push(
        `${privilege} on ${displayName(live)} is not given to ${grantee} again, although ${facts.target} gives it: somebody may have revoked it by hand.`,
      );
    return { ...(revoked.length > 0 ? { revoked } : {}), ...(restored.length > 0 ? { restored } : {}) };
  };
  return { given, warnings };
}

const grants = ({ catalog }: RollbackFacts, at: Relation): readonly string[] =>
  (catalog.find(at)?.protection?.grants ?? []).map(({ what }) => what);

const byName = (manifest: Manifest | null, locate: Locate): ReadonlyMap<string, ManifestNode> =>
  new Map(
    [...(manifest?.nodes.values() ?? [])].flatMap((node) =>
      node.relation ? [[nameKey(locate(node.relation, 'live')), node] as const] : [],
    ),
  );
