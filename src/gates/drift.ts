import type { Fingerprints, LiveLook } from '../domain/cutover.ts';
import { checkId } from '../domain/ids.ts';
import type { PlannedNode } from '../domain/plan.ts';
import { nameKey } from '../domain/relation.ts';
import type { Check, Verdict } from '../domain/verdict.ts';
import type { Gate, GateFacts, GateIo } from './gate.ts';
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
    const live = node?.live;
    if (!node || !live) return { verdict: 'error', because: 'the plan does not build this node' };
    if (!io.current?.look) return { verdict: 'inconclusive', because: 'nobody looked at live when the release began' };
    return judge(live, io.current.look, await io.current.lookAgain(), io);
  },
};

/** Seeded history is caught up at the cutover; a view has no rows of its own. */
const rebuilt = ({ plan, baseline }: GateFacts): readonly PlannedNode[] =>
  plan.kind === 'no-op'
    ? []
    : plan.nodes.filter(
        ({ id, live, history, materialized }) =>
          live && history !== 'seed' && materialized !== 'view' && baseline?.nodes.has(id),
      );

function judge(live: NonNullable<PlannedNode['live']>, before: LiveLook, after: LiveLook, io: GateIo): Verdict {
  const expected = 'no write to live since the release looked at it';
  const [was, is] = [before, after].map(({ fingerprints }) => fingerprintOf(fingerprints, nameKey(live)));
  if (was === undefined)
    return { verdict: 'inconclusive', because: 'the first look at live did not see this relation' };
  if (was === is) return { verdict: 'pass', expected, observed: 'none' };
  const since = io.current?.lookedAt ? `, ${age(io.now.getTime() - io.current.lookedAt.getTime())} ago` : '';
  const what = is === undefined ? 'it is gone from live' : 'it was written to, and the release has the older rows';
  return { verdict: 'fail', expected: `${expected}${since}`, observed: what };
}

const fingerprintOf = (all: Fingerprints, key: string): string | undefined =>
  all.find(([relation]) => nameKey(relation) === key)?.[1];
