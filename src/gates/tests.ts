import type { NodeResult } from '../dbt/port.ts';
import { checkId } from '../domain/ids.ts';
import type { ManifestTest } from '../domain/manifest.ts';
import type { Check, Verdict } from '../domain/verdict.ts';
import type { Gate, GateFacts, GateIo } from './gate.ts';
import { counted, shortNames } from './words.ts';

/** Only reads what dbt said. */
const TIMEOUT_MS = 60_000;

/** dbt's data tests and unit tests: each one that reads what is built has to have a result, and a good one. */
export const tests: Gate = {
  name: 'tests',

  expect(facts) {
    const expected = expectedTests(facts);
    const short = shortNames(expected);
    return expected.map((test) => ({
      id: checkId(`test:${short.get(test.id) ?? test.id}`),
      gate: 'tests',
      at: 'built',
      severity: test.severity === 'warn' ? 'warn' : 'fail',
      timeoutMs: TIMEOUT_MS,
      title: `dbt's ${test.kind} test ${test.name} passes`,
      node: test.id,
    }));
  },

  async run(check, io) {
    const results = io.results.filter((result) => result.id === check.node);
    const worst = results.toSorted((a, b) => gravity[b.status] - gravity[a.status])[0];
    if (!worst) return { verdict: 'inconclusive', because: 'dbt reported no result for this test, so it did not run' };
    return judge(worst, kindOf(check, io));
  },
};

/** With an empty difference nothing is built: then the tests that changed are asked, against live. */
function expectedTests({ plan, manifest }: GateFacts): readonly ManifestTest[] {
  const all = [...manifest.tests.values()];
  const [built, changed] = [new Set(plan.nodes.map(({ id }) => id)), new Set(plan.tests)];
  if (plan.kind === 'no-op') return all.filter((test) => changed.has(test.id));
  return all.filter((test) => test.reads.some((id) => built.has(id)));
}

const kindOf = (check: Check, io: GateIo): ManifestTest['kind'] =>
  (check.node === null ? undefined : io.manifest.tests.get(check.node))?.kind ?? 'data';

/** A test may run twice, in an invocation of its own for a backfill: the worse result counts. */
const gravity: Readonly<Record<NodeResult['status'], number>> = {
  pass: 0,
  success: 0,
  warn: 1,
  'no-op': 2,
  skipped: 3,
  fail: 4,
  error: 5,
};

function judge(result: NodeResult, kind: ManifestTest['kind']): Verdict {
  const expected = kind === 'unit' ? 'the rows that the unit test gives' : 'no failing row';
  switch (result.status) {
    case 'pass':
    case 'success':
      return { verdict: 'pass', expected, observed: expected };
    case 'warn':
      return { verdict: 'warn', expected, observed: failing(result, kind) };
    case 'fail':
      return { verdict: 'fail', expected, observed: failing(result, kind) };
    case 'error':
      return { verdict: 'error', because: `dbt could not run the test: ${result.message || 'it gave no message'}` };
    case 'skipped':
      return {
        verdict: 'inconclusive',
        because: `dbt skipped the test: ${result.message || 'something before it failed'}`,
      };
    case 'no-op':
      return { verdict: 'inconclusive', because: 'dbt had nothing to do for this test, so it did not run' };
  }
}

function failing(result: NodeResult, kind: ManifestTest['kind']): string {
  if (kind === 'unit') return result.message.trim() || 'other rows';
  return result.failures === null ? result.message.trim() || 'failing rows' : counted(result.failures, 'failing row');
}
