import type { NodeId, ReleaseId } from '../domain/ids.ts';
import { isCallable } from '../domain/kind.ts';
import type { ManifestNode } from '../domain/manifest.ts';
import { type Container, nameKey, type Relation } from '../domain/relation.ts';
import type { CatalogRelation } from '../warehouse/port.ts';
import type { LevelFacts, Levelled } from './level.ts';
import type { Locate } from './names.ts';
import { irreplaceable, unservedColumns } from './protect.ts';
import type { MoveBack, RollbackFacts } from './rollback-facts.ts';
import { keptFor } from './strategies/kept-places.ts';
import { releasesSince } from './target.ts';

export interface MovesBack extends Levelled {
  readonly moves: readonly MoveBack[];
  /** Every kept container that something comes from. */
  readonly containers: readonly Container[];
}

interface Back {
  readonly node: ManifestNode;
  readonly live: Relation;
  /** Where the target's relation rests; null: the target had none of that name. */
  readonly from: Relation | null;
}

/**
 * What moves back where relations changed places one by one: each from the oldest kept side that is newer than the
 * target; what the target did not have goes away. The rest was never displaced and stays.
 */
export function movesBack(facts: RollbackFacts, locate: Locate, accepts: LevelFacts['accepts']): MovesBack {
  const sides = sidesSince(facts);
  const all = [...displaced(facts, sides, locate), ...added(facts, locate)];
  const moved = writtenSince(facts);
  const returning = new Set(all.filter(({ from }) => from !== null).map(({ node }) => node.id));
  const verdicts = all.map((back) => ({
    back,
    ...judge(back, facts, { moved: moved(back.live), accepts, returning }),
  }));
  const moves = verdicts
    .filter(({ staying, loss }) => !staying && !loss)
    .map(({ back: { live, from } }) => ({ live, from }));
  return {
    moves,
    containers: sides.flatMap((side) => side.containers),
    staying: verdicts.flatMap(({ staying }) => staying ?? []),
    losses: verdicts.flatMap(({ loss }) => loss ?? []),
    goingBack: verdicts.flatMap(({ back: { node, live, from }, staying, loss }) =>
      staying || loss || from === null || hasNoRows(facts.catalog.find(live))
        ? []
        : [{ id: node.id, name: node.name, materialized: node.materialized, live, kept: from, movedOn: moved(live) }],
    ),
  };
}

/** A view goes back with its text, and so does a function. */
const hasNoRows = (found: CatalogRelation | null): boolean =>
  found !== null && (found.kind.includes('view') || isCallable(found.kind));

/** Kept sides of the contents that were displaced since the target was live, oldest first. */
export function sidesSince({ target, history, kept }: RollbackFacts): RollbackFacts['kept'] {
  const since = releasesSince(target, history).toReversed();
  const contents = [target, ...since.map((record) => record.content)];
  const displaced = new Set([target, ...contents.slice(0, -1)]);
  return withoutDetours(contents)
    .filter((content) => displaced.has(content))
    .flatMap((content) => {
      const sides = kept.filter((side) => side.release === content);
      // The target may have left live before, and older rows of it still rest from then.
      return content === target ? sides.slice(-1) : sides;
    });
}

/** What came after a content that was gone back to has nothing of what was live before. */
const withoutDetours = (contents: readonly ReleaseId[]): readonly ReleaseId[] =>
  contents.reduce<readonly ReleaseId[]>((way, content) => {
    const at = way.indexOf(content);
    return at === -1 ? [...way, content] : way.slice(0, at + 1);
  }, []);

function displaced({ to, catalog }: RollbackFacts, sides: RollbackFacts['kept'], locate: Locate): readonly Back[] {
  return [...(to.manifest?.nodes.values() ?? [])].flatMap((node) => {
    if (!node.relation) return [];
    const live = locate(node.relation, 'live');
    const from = oldestIn(sides, live, catalog);
    return from ? [{ node, live, from }] : [];
  });
}

/** Where the target's relation rests that had a live name then; null: it was not displaced since, or is not kept. */
export const restingPlace = (facts: RollbackFacts, live: Relation): Relation | null =>
  oldestIn(sidesSince(facts), live, facts.catalog);

const oldestIn = (sides: RollbackFacts['kept'], live: Relation, catalog: RollbackFacts['catalog']): Relation | null =>
  restingIn(sides, live, catalog)[0] ?? null;

/** What had a live name since the target and rests, oldest first. */
export const restingSince = (facts: RollbackFacts, live: Relation): readonly Relation[] =>
  restingIn(sidesSince(facts), live, facts.catalog);

const restingIn = (sides: RollbackFacts['kept'], live: Relation, catalog: RollbackFacts['catalog']) =>
  sides.flatMap((side) => restingPlaces(side.containers, live)).filter((relation) => catalog.find(relation) !== null);

/**
 * Whether a live relation is another than when a release sealed it: relations keep their fingerprint when they move, and
 * what is live may come from any release since the target. Unknown counts as yes.
 */
export function writtenSince({ look, target, history }: RollbackFacts): (relation: Relation) => boolean {
  const now = new Map(look.fingerprints.map(([relation, fingerprint]) => [nameKey(relation), fingerprint]));
  const printKey = (identifier: string, fingerprint: string): string => JSON.stringify([identifier, fingerprint]);
  const sealed = new Set(
    releasesSince(target, history).flatMap(({ seal }) =>
      (seal?.fingerprints ?? []).map(([{ identifier }, fingerprint]) => printKey(identifier, fingerprint)),
    ),
  );
  return (relation) => {
    const is = now.get(nameKey(relation));
    return is === undefined || !sealed.has(printKey(relation.identifier, is));
  };
}

/** Where a live relation may rest: kept containers are named for the live one, as `planCutover` names them. */
export const restingPlaces = (containers: readonly Container[], live: Relation): readonly Relation[] =>
  containers.flatMap(({ location, database, schema }) => {
    if (schema === null) return keptFor(database) === live.database ? [{ ...live, location, database }] : [];
    return keptFor(schema) === live.schema && database === live.database ? [{ ...live, location, schema }] : [];
  });

/** Names that only what is live has. */
function added({ from, to, catalog }: RollbackFacts, locate: Locate): readonly Back[] {
  const names = new Set(
    [...(to.manifest?.nodes.values() ?? [])].flatMap((node) => (node.relation ? [nameKey(node.relation)] : [])),
  );
  return [...(from.manifest?.nodes.values() ?? [])].flatMap((node) => {
    if (!node.relation || names.has(nameKey(node.relation))) return [];
    const live = locate(node.relation, 'live');
    return catalog.find(live) ? [{ node, live, from: null }] : [];
  });
}

interface Known {
  readonly moved: boolean;
  readonly accepts: LevelFacts['accepts'];
  readonly returning: ReadonlySet<NodeId>;
}

/** Rows that cannot be made again stay in front of readers, where what moves back can live with them. */
export function judge(
  { node, live, from }: Back,
  facts: Pick<RollbackFacts, 'settings' | 'catalog' | 'to' | 'traits'>,
  known: Known,
): { staying: Levelled['staying'][number] | null; loss: Levelled['losses'][number] | null } {
  const precious = irreplaceable(node, facts.settings);
  const nothing = { staying: null, loss: null };
  if (precious === null || known.accepts(node.name, node.id, live)) return nothing;
  if (from === null) {
    if (!known.moved) return nothing;
    return {
      staying: null,
      loss: {
        name: node.name,
        sentence: `${node.name} (${precious}): only what is live has it, and rows were written to it since the cutover`,
      },
    };
  }
  const [here, there] = [facts.catalog.find(live), facts.catalog.find(from)];
  const unserved = here && there ? unservedColumns(here, there) : [];
  if (!here) return nothing;
  if (unserved.length > 0)
    return {
      staying: null,
      loss: {
        name: node.name,
        sentence: `${node.name} (${precious}): what is gone back to needs ${unserved.join(', ')} as live does not have it, so that live's rows cannot stay`,
      },
    };
  const readers = boundReaders(node, facts, known.returning);
  if (readers.length > 0)
    return {
      staying: null,
      loss: {
        name: node.name,
        sentence: `${node.name} (${precious}): ${readers.join(', ')} would go back with it and read the rows that it had then`,
      },
    };
  return { staying: { name: node.name, live, because: precious }, loss: null };
}

/** Views that go back and are bound to the object that they were created on, not to its name. */
function boundReaders(
  node: ManifestNode,
  { to, traits, catalog }: Pick<RollbackFacts, 'to' | 'traits' | 'catalog'>,
  returning: ReadonlySet<NodeId>,
): readonly string[] {
  if (traits.viewsBind === 'name') return [];
  return [...(to.manifest?.nodes.values() ?? [])]
    .filter((reader) => reader.dependsOn.nodes.includes(node.id) && returning.has(reader.id))
    .filter(
      (reader) =>
        reader.relation &&
        catalog.relations.some(
          ({ relation, kind }) => relation.identifier === reader.relation?.identifier && kind.includes('view'),
        ),
    )
    .map((reader) => reader.name);
}
