import { fail } from '../domain/errors.ts';
import { exchangesAll } from '../domain/plan.ts';
import { type Container, nameKey, type Relation, sameName } from '../domain/relation.ts';
import type { KeptSide } from '../warehouse/port.ts';
import { locating, sideOf } from './between.ts';
import { movedOn } from './level.ts';
import { restingPlace, sidesSince, writtenSince } from './moves-back.ts';
import { place } from './names.ts';
import type { RollbackFacts } from './rollback-facts.ts';
import { greenPlace, keptFor } from './strategies/kept-places.ts';
import { schemasOf } from './strategies/strategy.ts';
import { releasesSince } from './target.ts';

/** Which kept containers take the place of which live ones, in step; the last of live have none, where there are more. */
export interface ContainersBack {
  readonly live: readonly Container[];
  readonly side: KeptSide;
  /** Where copies of them are made, to bring them level. */
  readonly idle: readonly Container[];
  /** As `movedSince` tells. */
  readonly moved: (relation: Relation) => boolean;
}

/** All of live, or the schemas that changed since: each from the oldest kept side that is newer than the target. */
export function containersBack(facts: RollbackFacts): ContainersBack {
  const { sides, kept, target, history, mark } = facts;
  const moved = movedSince(facts);
  if (exchangesAll(facts.traits.exchange))
    return {
      live: sides.live,
      side: sideOf(facts) ?? fail('BUG', { message: 'a swap back without a kept side' }),
      idle: sides.idle,
      moved,
    };
  const from = new Map<string, { readonly live: Container; readonly kept: Container }>();
  for (const container of sidesSince(facts).flatMap((side) => side.containers)) {
    const live = liveOf(container);
    if (!from.has(nameKey(live))) from.set(nameKey(live), { live, kept: container });
  }
  const pairs = [...from.values()];
  const live = [...pairs.map((pair) => pair.live), ...onlyNow(facts, from)];
  const last = kept.findLast(({ release }) => release === target);
  return {
    live,
    side: {
      release: target,
      sha: history.releases.get(target)?.sha ?? last?.sha ?? mark.sha,
      containers: pairs.map((pair) => pair.kept),
      bytes: null,
    },
    idle: pairs.map((pair) => greenPlace(pair.live)),
    moved,
  };
}

/** Whether a relation of live is another than when a release since the target was sealed; unknown counts as yes. */
export function movedSince(facts: RollbackFacts): ContainersBack['moved'] {
  if (!exchangesAll(facts.traits.exchange)) return writtenSince(facts);
  const displacer = releasesSince(facts.target, facts.history).at(-1);
  return movedOn({ look: facts.look, seal: displacer?.seal ?? null, live: facts.sides.live });
}

/** Where the target's relation rests that had a live name then; null: nobody kept it, or it was not displaced since. */
export function keptAt(facts: RollbackFacts): (live: Relation) => Relation | null {
  if (!exchangesAll(facts.traits.exchange)) return (live) => restingPlace(facts, live);
  const side = sideOf(facts);
  return (live) => (side ? place(live, facts.sides.live, side.containers) : null);
}

/** The schema or database that a kept one was. */
export const liveOf = (kept: Container): Container =>
  kept.schema === null
    ? { ...kept, database: keptFor(kept.database) ?? kept.database }
    : { ...kept, schema: keptFor(kept.schema) ?? kept.schema };

/** Schemas that are there, and that the target had nothing in. */
function onlyNow(facts: RollbackFacts, known: ReadonlyMap<string, unknown>): readonly Container[] {
  const of = ({ manifest }: RollbackFacts['from']): readonly Container[] =>
    schemasOf(
      [...(manifest?.nodes.values() ?? [])].flatMap(({ relation }) =>
        relation ? [locating(facts)(relation, 'live')] : [],
      ),
    );
  const had = of(facts.to);
  return of(facts.from).filter(
    (schema) =>
      !known.has(nameKey(schema)) &&
      !had.some((other) => sameName(other, schema)) &&
      facts.catalog.relations.some(({ relation }) => schemasOf([relation]).some((other) => sameName(other, schema))),
  );
}
