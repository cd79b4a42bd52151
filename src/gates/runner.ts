import pMap from 'p-map';
import type { Answer, Check, Verdict } from '../domain/verdict.ts';
import { directed } from './direction.ts';
import type { Gate, GateIo } from './gate.ts';

/** Checks that ask at once: enough to hide waiting, few enough for a warehouse that readers use. */
const CONCURRENCY = 4;

/** The part of the clock port that a time limit needs. */
export interface Timer {
  /** Monotonic, ms. */
  elapsedMs(): number;
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface GateRun {
  readonly gates: readonly Gate[];
  /** Those of other moments than `io.at` are left for theirs. */
  readonly checks: readonly Check[];
  readonly io: GateIo;
  readonly clock: Timer;
  readonly signal: AbortSignal;
  /** Told each answer as it comes, in no particular order. */
  readonly on?: (answer: Answer) => void;
}

/**
 * One answer for each check that is due, in the order of the checks: a timeout and a missing verdict are inconclusive,
 * a throw is an error, never a pass. Rejects with the signal's reason, and only with that.
 */
export async function runGates(run: GateRun): Promise<readonly Answer[]> {
  run.signal.throwIfAborted();
  const gates = new Map(run.gates.map((gate) => [gate.name, gate]));
  const due = run.checks.filter(({ at }) => at === run.io.at).map((check) => directed(check, run.io.direction));
  return pMap(due, (check) => answer(check, gates.get(check.gate), run), {
    concurrency: CONCURRENCY,
    signal: run.signal,
  });
}

async function answer(check: Check, gate: Gate | undefined, run: GateRun): Promise<Answer> {
  const started = run.clock.elapsedMs();
  const said = gate
    ? await ask(gate, check, run)
    : inconclusive(`this version of lastgreen has no gate called ${check.gate}, so nobody asked`);
  const given: Answer = { check, verdict: weigh(said, check, run.io.direction), ms: run.clock.elapsedMs() - started };
  run.on?.(given);
  return given;
}

async function ask(gate: Gate, check: Check, run: GateRun): Promise<Verdict> {
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  // The async function turns a gate that throws before its first await into a rejection.
  const asked = (async () => gate.run(check, { ...run.io, signal }))();
  const late = run.clock
    .sleep(check.timeoutMs, signal)
    .then(() => inconclusive(`no answer within ${duration(check.timeoutMs)}`));
  try {
    const said: Verdict | undefined = await Promise.race([asked, late]);
    return said ?? inconclusive('the gate came to no verdict');
  } catch (thrown) {
    run.signal.throwIfAborted();
    const because = thrown instanceof Error ? thrown.message : String(thrown);
    // A warehouse has a limit of its own and then throws what AbortSignal.timeout() does.
    return thrown instanceof Error && thrown.name === 'TimeoutError'
      ? inconclusive(`no answer in time: ${because}`)
      : { verdict: 'error', because };
  } finally {
    over.abort(new Error(`${check.id} is over`));
  }
}

/**
 * A check that only warns never stops a release by failing. On the way back it does not even by having no answer: what
 * is compared with may be just what is broken.
 */
function weigh(said: Verdict, check: Check, direction: GateIo['direction']): Verdict {
  if (check.severity === 'fail') return said;
  if (!('because' in said)) return said.verdict === 'fail' ? { ...said, verdict: 'warn' } : said;
  return direction === 'back'
    ? { verdict: 'warn', expected: 'an answer', observed: `no answer: ${said.because}` }
    : said;
}

const inconclusive = (because: string): Verdict => ({ verdict: 'inconclusive', because });

/** `90 s`, `5 min`: whole units where they say it exactly. */
const duration = (ms: number): string =>
  ms % 60_000 === 0 ? `${ms / 60_000} min` : ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
