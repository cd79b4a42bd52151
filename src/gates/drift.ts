import type { Fingerprints, LiveLook } from '../domain/cutover.ts';
import { checkId } from '../domain/ids.ts';
import type { PlannedNode } from '../domain/plan.ts';
import { nameKey, type Relation } from '../domain/relation.ts';
import type { Check, Verdict } from '../domain/verdict.ts';
import type { Gate, GateFacts, GateIo } from './gate.ts';
import { published } from './published.ts';
import { age, shortNames } from './words.ts';

/** May read every row of what is asked about. */
const TIMEOUT_MS = 10 * 60_000;

/** Tables that the release built anew while live's were written to: readers would get older rows. */
export const drift: Gate = {
  name: 'drift',

  expect(facts) {
    const nodes = rebuilt(facts);
    const short = shortNames(nodes);
    return nodes.map(
      (node): Check => ({
        id: checkId(`drift:${short.get(node.id) ?? node.id}`),
        gate: 'drift',
        at: 'sealed',
        severity: facts.settings.drift.tables,
        timeoutMs: TIMEOUT_MS,
        title: `live's ${node.name} was not written to while the release was built`,
        node: node.id,
      }),
    );
  },

  async run(check, io) {
    const node = io.plan.nodes.find(({ id }) => id === check.node);
    const live = node && io.current?.relationOf(node.id);
    if (!live) return { verdict: 'inconclusive', because: 'nobody knows where live holds this node' };
    if (!io.current?.look) return { verdict: 'inconclusive', because: 'nobody looked at live when the release began' };
    return judge(io.current.catalog.find(live)?.relation ?? null, io.current.look, await io.current.lookAgain(), io);
  },
};

const WITHOUT_ROWS = new Set(['view', 'function']);

/** Seeded history is caught up at the cutover; a view has no rows of its own. */
const rebuilt = ({ plan, baseline }: GateFacts): readonly PlannedNode[] =>
  plan.kind === 'no-op'
    ? []
    : published(plan).filter(
        ({ id, history, materialized }) =>
          history !== 'seed' && !WITHOUT_ROWS.has(materialized) && baseline?.nodes.get(id)?.relation,
      );

function judge(live: Relation | null, before: LiveLook, after: LiveLook, io: GateIo): Verdict {
  const since = io.current?.lookedAt ? `, ${age(io.now.getTime() - io.current.lookedAt.getTime())} ago` : '';
  const expected = `no write to live since the release looked at it${since}`;
  if (!live) return { verdict: 'warn', expected, observed: 'live does not hold it any more' };
  const [was, is] = [before, after].map(({ fingerprints }) => fingerprintOf(fingerprints, nameKey(live)));
  if (is === undefined)
    return { verdict: 'inconclusive', because: 'the engine told nothing about the rows of this relation' };
  if (was === is) return { verdict: 'pass', expected, observed: 'nothing wrote to it since' };
  const observed =
    was === undefined ? 'it came to live meanwhile' : 'it was written to, and the release has the older rows';
  return { verdict: 'fail', expected, observed };
}

const fingerprintOf = (all: Fingerprints, key: string): string | undefined =>
  all.find(([relation]) => nameKey(relation) === key)?.[1];
