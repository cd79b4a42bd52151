import type { Verdict } from '../../../src/domain/verdict.ts';
import type { Gate } from '../../../src/gates/gate.ts';
import { expectAll } from '../../../src/gates/registry.ts';
import { runGates, type Timer } from '../../../src/gates/runner.ts';
import { type World, world } from './world.ts';

/** Time in which no check is ever late. */
const patient: Timer = {
  elapsedMs: () => 0,
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
};

/** What a gate answers in a world, by check: what it expects there, run as a release runs it. */
export async function answersOf(gate: Gate, o: World): Promise<Readonly<Record<string, Verdict>>> {
  const io = world(o);
  const answers = await runGates({
    gates: [gate],
    checks: expectAll([gate], io),
    io,
    clock: patient,
    signal: io.signal,
  });
  return Object.fromEntries(answers.map(({ check, verdict }) => [check.id, verdict]));
}
