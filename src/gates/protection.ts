import type { Protect } from '../domain/change.ts';
import { checkId } from '../domain/ids.ts';
import { displayName, sameName } from '../domain/relation.ts';
import { lostRights, moreGrants } from '../planning/rights.ts';
import type { CatalogRelation } from '../warehouse/port.ts';
import type { Gate, GateIo } from './gate.ts';
import { counted, listed } from './words.ts';

const TIMEOUT_MS = 60_000;

/**
 * Whatever replaces a live relation is owned by whom it was, lets in whom it let in, and hides what it hid: rights that
 * were given by hand come along, and no policy is lost. What the project gave until then and gives no more is not missed.
 * What comes back lets nobody in, either, whom live does not, but by its own definition. What its rows refer to is its definition's to say, as with every build: less than on live is told, and stops nobody.
 */
export const protection: Gate = {
  name: 'protection',

  expect: ({ plan }) =>
    plan.settle.some((fill) => fill.do === 'protect')
      ? [
          {
            id: checkId('protection'),
            gate: 'protection',
            at: 'sealed',
            severity: 'fail',
            timeoutMs: TIMEOUT_MS,
            title: 'owner, grants and policies are at least those of live',
            node: null,
          },
        ]
      : [],

  async run(_, io) {
    const pairs = io.plan.settle.flatMap((fill) => (fill.do === 'protect' ? [fill] : []));
    const found = pairs.flatMap((pair): readonly Lost[] => {
      const { live, idle } = pair;
      const node = io.plan.nodes.find((one) => one.idle !== null && sameName(one.idle, idle));
      // What comes back is named by where it rests.
      const is = node ? io.candidate.relationOf(node.id) : idle;
      const [before, after] = [io.current?.catalog.find(live), is && io.candidate.catalog.find(is)];
      if (!before) return [];
      if (!after) return [{ faults: [`${displayName(live)} is not there`], keys: [] }];
      const told = (what: string): string => `${displayName(live)} ${what}`;
      return [
        {
          faults: faultsOf(before, after, { ...pair, direction: io.direction }).map(told),
          keys: keysLost(before, after, io.direction).map(told),
        },
      ];
    });
    const faults = found.flatMap((one) => one.faults);
    const all = [...faults, ...found.flatMap(({ keys }) => keys)];
    return {
      verdict: faults.length > 0 ? 'fail' : all.length > 0 ? 'warn' : 'pass',
      expected: `${counted(pairs.length, 'relation')} as well protected, and as open, as on live`,
      observed: listed(all, 20, '; ') || 'every right and every policy is there',
    };
  },
};

const faultsOf = (
  was: CatalogRelation,
  is: CatalogRelation,
  { revoked, restored = [], direction }: Pick<Protect, 'revoked' | 'restored'> & Pick<GateIo, 'direction'>,
): readonly string[] => [
  ...lostRights(was, is, revoked).map((what) => `would lose ${what}`),
  // A new release may grant what its project says; an old one would undo what was revoked since, but by commits.
  ...(direction === 'back'
    ? moreGrants(is, was, restored).map((grant) => `would grant ${grant}, which live does not`)
    : []),
];

/** What comes back gets its own again when it does. */
const keysLost = (was: CatalogRelation, is: CatalogRelation, direction: GateIo['direction']): readonly string[] => {
  const has = new Set((is.protection ?? was.protection)?.keys);
  return direction === 'back'
    ? []
    : (was.protection?.keys ?? []).filter((key) => !has.has(key)).map((key) => `would lose ${key}`);
};

/** Of one relation, in sentences. */
interface Lost {
  readonly faults: readonly string[];
  readonly keys: readonly string[];
}
