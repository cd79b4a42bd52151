import { fail } from '../domain/errors.ts';
import type { Check } from '../domain/verdict.ts';
import { compatibility } from './compatibility.ts';
import { completeness } from './completeness.ts';
import { contract } from './contract.ts';
import { directed } from './direction.ts';
import { drift } from './drift.ts';
import type { Gate, GateFacts } from './gate.ts';
import { parity } from './parity.ts';
import { protection } from './protection.ts';
import { readerAccess } from './reader-access.ts';
import { references } from './references.ts';
import { shape } from './shape.ts';
import { smoke } from './smoke.ts';
import { tests } from './tests.ts';

/** Every gate, in the order in which `plan` prints their checks and the runner asks them. */
export const gates: readonly Gate[] = [
  parity,
  tests,
  shape,
  contract,
  compatibility,
  completeness,
  references,
  protection,
  readerAccess,
  drift,
  smoke,
];

/** Throws PLAN_REFUSED where a check could only end in an error: after a cutover that would come late. */
export function refuseUnaskable(from: readonly Gate[], facts: GateFacts): void {
  const problems = from.flatMap((gate) => gate.unaskable?.(facts) ?? []);
  if (problems.length > 0) fail('PLAN_REFUSED', { problems, next: 'correct `gates:` in lastgreen.yml' });
}

/** Every check that the gates will run, for the plan to hold. Pure. Throws RangeError when two would have one id. */
export function expectAll(from: readonly Gate[], facts: GateFacts): readonly Check[] {
  const checks = from.flatMap((gate) => gate.expect(facts));
  const seen = new Set<string>();
  for (const { id } of checks) {
    if (seen.has(id)) throw new RangeError(`two checks are called ${id}`);
    seen.add(id);
  }
  return checks.map((check) => directed(check, facts.direction));
}
