import { checkId } from '../domain/ids.ts';
import { contains, displayName, isRelation, nameKey, type Relation } from '../domain/relation.ts';
import type { Gate, GateIo } from './gate.ts';
import { published } from './published.ts';
import { counted, listed } from './words.ts';

const TIMEOUT_MS = 60_000;

/** Every relation that live will have after the release is on the side that goes live. */
export const completeness: Gate = {
  name: 'completeness',

  expect: ({ plan }) =>
    plan.kind === 'no-op'
      ? []
      : [
          {
            id: checkId('completeness'),
            gate: 'completeness',
            at: 'sealed',
            severity: 'fail',
            timeoutMs: TIMEOUT_MS,
            title: 'nothing that live will have is missing',
            node: null,
          },
        ],

  async run(_, io) {
    const built = published(io.plan);
    const expected = `${counted(built.length, 'relation')} built and ${io.plan.carried.length} carried, and nothing else gone`;
    const missing = [...[...built, ...io.plan.carried].flatMap((node) => absent(node, io)), ...vanishing(io)];
    if (missing.length > 0) return { verdict: 'fail', expected, observed: `missing: ${listed(missing, 20)}` };
    return { verdict: 'pass', expected, observed: 'all relations are there' };
  },
};

function absent(
  node: { readonly id: string; readonly live: Relation | null; readonly idle: Relation | null },
  { candidate }: GateIo,
): readonly string[] {
  const relation = candidate.relationOf(node.id);
  if (relation && candidate.catalog.find(relation)) return [];
  const name = relation ?? node.live ?? node.idle;
  return [name ? displayName(name) : node.id];
}

/**
 * Where whole containers change places, all that live has and the other lacks would vanish: tables of loaders and
 * exports too, which no manifest names. What the plan says goes away may. Where readers use views, only those change places:
 * a table or a view of somebody's beside them stays what it is.
 */
function vanishing(io: GateIo): readonly string[] {
  const whole = io.plan.prepare.some((fill) => fill.do === 'copy' && !isRelation(fill.from));
  if (!whole || !io.current) return [];
  const leaves = leaving(io);
  const place = placing(io);
  const { catalog } = io.current;
  const stays = (relation: Relation): boolean => io.plan.exchange === 'view' && catalog.pointsTo(relation) === null;
  return catalog.relations
    .filter(
      ({ relation }) =>
        io.plan.live.some((container) => contains(container, relation)) &&
        !leaves.has(nameKey(relation)) &&
        !stays(relation),
    )
    .filter(({ relation }) => io.candidate.catalog.find(place(relation)) === null)
    .map(({ relation }) => `${displayName(relation)} (nothing in the plan removes it)`);
}

/** On the way back also what only the release has that is being left. */
function leaving({ plan, direction, baseline, current }: GateIo): ReadonlySet<string> {
  const back =
    direction === 'back' ? [...(baseline?.nodes.keys() ?? [])].flatMap((id) => current?.relationOf(id) ?? []) : [];
  return new Set([...plan.announced.remove, ...plan.removed.map(({ live }) => live), ...back].map(nameKey));
}

/** Where a relation of live lies on the candidate: known from the nodes, whose place on both sides is known. */
function placing({ plan, candidate }: GateIo): (relation: Relation) => Relation {
  const schemas = new Map<string, Relation>();
  for (const { id, live } of [...plan.nodes, ...plan.carried]) {
    const there = live && candidate.relationOf(id);
    if (!there) continue;
    schemas.set(JSON.stringify([live.database, live.schema]), there);
    // A schema that no node is in keeps its name when its whole database is exchanged.
    schemas.set(JSON.stringify([live.database]), there);
  }
  return (relation) => {
    const same = schemas.get(JSON.stringify([relation.database, relation.schema]));
    const beside = same ?? schemas.get(JSON.stringify([relation.database]));
    if (!beside) return relation;
    return {
      ...relation,
      location: beside.location,
      database: beside.database,
      schema: same?.schema ?? relation.schema,
    };
  };
}
