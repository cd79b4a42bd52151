import type { NodeResult } from '../dbt/port.ts';
import type { Plan } from '../domain/plan.ts';
import { type Answer, type Moment, type Objection, objection } from '../domain/verdict.ts';
import type { Side } from '../gates/gate.ts';
import { gates } from '../gates/registry.ts';
import { runGates } from '../gates/runner.ts';
import type { Ports } from './ports.ts';
import type { Manifests } from './work.ts';

export interface Asking {
  readonly plan: Plan;
  readonly manifests: Manifests;
  readonly at: Moment;
  readonly candidate: Side;
  readonly current: Side | null;
  readonly results: readonly NodeResult[];
  readonly direction: 'forward' | 'back';
  readonly signal: AbortSignal;
}

/** Runs the checks of one moment and shows them as they answer. */
export async function ask(ports: Ports, asking: Asking): Promise<readonly Answer[]> {
  const { plan, manifests } = asking;
  const checks = plan.checks.filter((check) => check.at === asking.at);
  return runGates({
    gates,
    checks,
    clock: ports.clock,
    signal: asking.signal,
    on: (answer) => ports.report({ is: 'answer', answer }),
    io: {
      plan,
      settings: ports.settings,
      manifest: manifests.idle,
      liveManifest: manifests.live,
      baseline: manifests.baseline,
      direction: asking.direction,
      at: asking.at,
      candidate: asking.candidate,
      current: asking.current,
      results: asking.results,
      readerAccess: readerAccessOf(ports, plan),
      signal: asking.signal,
      now: ports.clock.now(),
    },
  });
}

const readerAccessOf = ({ warehouse, settings }: Ports, { idle, announced }: Plan) => {
  const { readers } = settings.gates.readerAccess;
  const names = [...announced.replace, ...announced.add];
  return warehouse.readerAccess
    ? async () => (await warehouse.readerAccess?.({ from: idle, names, readers })) ?? []
    : null;
};

/** Applies a person's answers to inconclusive checks: `promote --accept CHECK --reason TEXT`. */
export const accept = (
  answers: readonly Answer[],
  accepted: readonly string[],
  reason: string,
  by: string,
): readonly Answer[] =>
  answers.map((answer) =>
    accepted.includes(answer.check.id) && answer.verdict.verdict === 'inconclusive'
      ? { ...answer, accepted: { reason, by } }
      : answer,
  );

export const blocking = (answers: readonly Answer[]): readonly Answer[] =>
  answers.filter((answer) => !answer.accepted && ['fail', 'error', 'inconclusive'].includes(answer.verdict.verdict));

/** Those that block, for the message that says so. */
export const objections = (answers: readonly Answer[]): readonly Objection[] => blocking(answers).map(objection);
