import { checkId } from '../domain/ids.ts';
import { displayName, sameName } from '../domain/relation.ts';
import type { Protection } from '../warehouse/port.ts';
import type { Gate } from './gate.ts';
import { counted, listed } from './words.ts';

const TIMEOUT_MS = 60_000;

/**
 * Whatever replaces a live relation is owned by whom it was, lets in whom it let in, and hides what it hid: rights that
 * were given by hand come along, and no policy is lost. What its rows refer to is its definition's to say, as with every
 * build: less than on live is told, and stops nobody.
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
    const found = pairs.flatMap(({ live, idle }): readonly Lost[] => {
      const node = io.plan.nodes.find((one) => one.idle !== null && sameName(one.idle, idle));
      const is = node && io.candidate.relationOf(node.id);
      const [before, after] = [io.current?.catalog.find(live), is && io.candidate.catalog.find(is)];
      if (!before) return [];
      if (!after) return [{ faults: [`${displayName(live)} is not there`], keys: [] }];
      const told = (what: string): string => `${displayName(live)} would lose ${what}`;
      const keys = missing(before.protection?.keys ?? [], (after.protection ?? before.protection)?.keys ?? []);
      return [{ faults: lost(before.protection, after.protection).map(told), keys: keys.map(told) }];
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

/** Of one relation, in sentences. */
interface Lost {
  readonly faults: readonly string[];
  readonly keys: readonly string[];
}

const missing = (was: readonly string[], is: readonly string[]): readonly string[] =>
  was.filter((one) => !is.includes(one));

/** In words; nothing where the new one has all that the old one has. */
function lost(before: Protection | null, after: Protection | null): readonly string[] {
  if (before === null) return [];
  if (after === null) return ['all of its rights'];
  return [
    ...(before.owner === after.owner ? [] : [`its owner ${before.owner} to ${after.owner}`]),
    ...missing(before.grants, after.grants).map((grant) => `the grant of ${grant}`),
    ...missing(before.rules, after.rules),
  ];
}
