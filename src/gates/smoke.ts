import { type CheckId, checkId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import type { Smoke } from '../domain/settings.ts';
import type { Check, Moment } from '../domain/verdict.ts';
import type { Gate, GateFacts } from './gate.ts';
import { compareBothSides } from './smoke/compare.ts';
import { findOffending } from './smoke/offending.ts';
import { countBothSides } from './smoke/rows.ts';
import { unknownIn } from './smoke/sql.ts';

/** The questions that a team wrote down in lastgreen.yml. */
export const smoke: Gate = {
  name: 'smoke',

  expect(facts) {
    if (facts.plan.kind === 'no-op') return [];
    return facts.settings.gates.smoke
      .filter((one) => hasSomethingToAsk(one, facts))
      .flatMap((one) => one.at.map((at) => checkOf(one, at, facts)));
  },

  unaskable: ({ settings, manifest }) =>
    settings.gates.smoke.flatMap((one) => {
      const sql = one.form === 'rows' ? null : one.sql;
      const unknown = unknownIn(sql, one.form === 'offending' ? null : one.node, manifest, 'this commit');
      return unknown === null ? [] : [`The check ${one.name} cannot be asked: ${unknown}.`];
    }),

  async run(check, io) {
    const asked = io.settings.gates.smoke.find((one) => one.at.some((at) => idOf(one, at) === check.id));
    if (!asked) return { verdict: 'inconclusive', because: 'lastgreen.yml does not have this check any more' };
    switch (asked.form) {
      case 'rows':
        return countBothSides(asked, io);
      case 'compare':
        return compareBothSides(asked, io);
      case 'offending':
        return findOffending(asked, io);
    }
  },
};

/** `smoke:orders kept` on the sealed side; the same check at another moment is `smoke:orders kept@live`. */
const idOf = ({ name }: Smoke, at: Moment): CheckId =>
  checkId(at === 'sealed' ? `smoke:${name}` : `smoke:${name}@${at}`);

/**
 * What compares has nothing to ask about a node that is new, or in a first release. A node that nobody knows is asked
 * about: its answer is the error that says so.
 */
function hasSomethingToAsk(one: Smoke, { manifest, baseline }: GateFacts): boolean {
  if (one.form === 'offending') return true;
  return named(one.node, manifest) === undefined || (baseline !== null && named(one.node, baseline) !== undefined);
}

const named = (asked: string, { nodes }: Manifest): ManifestNode | undefined =>
  [...nodes.values()].find(({ id, name }) => id === asked || name === asked);

const checkOf = (one: Smoke, at: Moment, facts: GateFacts): Check => ({
  id: idOf(one, at),
  gate: 'smoke',
  at,
  severity: one.severity,
  timeoutMs: one.timeoutMs,
  title: titleOf(one),
  node: one.form === 'offending' ? null : (named(one.node, facts.manifest)?.id ?? null),
});

function titleOf(one: Smoke): string {
  switch (one.form) {
    case 'rows':
      return `the number of rows of ${one.node}, against live's`;
    case 'compare':
      return `one query about ${one.node} on both sides`;
    case 'offending':
      return `no row is returned by ${one.file}`;
  }
}
