import type { Clock } from '../../../src/engine/ports.ts';

/** Who may go on next: names of actors that wait for their turn; `time` when sleepers can be woken. */
export type Pick = (choices: readonly string[]) => string;

/**
 * The time of a world. It stands still while anything can still happen; only when everybody waits does the driver let
 * one actor take its turn or wake the sleeper that is due first. The order is the same in every run.
 */
export interface Time {
  /** Wall time, ms since the world began. */
  nowMs(): number;
  /** Time passes for everybody, as if the world had waited. */
  pass(ms: number): void;
  clockOf(actor: string): Clock;
  /** Stops an actor as SIGSTOP does: it wakes from no sleep and takes no turn. */
  freeze(actor: string): void;
  thaw(actor: string): void;
  /** As a suspended machine: wall time passes, the actor's monotonic time does not. */
  suspend(actor: string, ms: number): void;
  /** A dead actor never wakes. */
  bury(actor: string): void;
  /** Waits for the actor's turn, where turns are taken; else goes on. */
  turn(actor: string): Promise<void>;
  /** From now on turns are taken, in the order that `pick` says; null: everybody goes on as it comes. */
  takeTurns(pick: Pick | null): void;
  /** Lets the world go on until the work is done. Throws when nothing can go on any more. */
  drive<T>(work: Promise<T>): Promise<T>;
}

const BEGAN = Date.parse('2026-01-01T00:00:00.000Z');
/** Steps without an end: something waits for itself. */
const MANY = 100_000;

interface Waiting {
  readonly actor: string;
  readonly wake: () => void;
}
interface Sleeper extends Waiting {
  readonly at: number;
}

/** A world's time; `startMs`: since it began. */
export function newTime(startMs: number): Time {
  let ms = startMs;
  let sleepers: readonly Sleeper[] = [];
  let turns: readonly Waiting[] = [];
  let picking: Pick | null = null;
  const frozen = new Set<string>();
  const dead = new Set<string>();
  const slept = new Map<string, number>();
  const canGo = ({ actor }: Waiting): boolean => !frozen.has(actor) && !dead.has(actor);

  const wakeFirst = (): boolean => {
    const [first] = sleepers.filter(canGo).toSorted((a, b) => a.at - b.at);
    if (!first) return false;
    ms = Math.max(ms, first.at);
    sleepers = sleepers.filter((sleeper) => sleeper !== first);
    first.wake();
    return true;
  };

  const step = (): boolean => {
    const ready = turns.filter(canGo);
    if (ready.length === 0 || !picking) return wakeFirst();
    const actors = [...new Set(ready.map(({ actor }) => actor))].toSorted();
    const choice = picking(sleepers.some(canGo) ? [...actors, 'time'] : actors);
    if (choice === 'time') return wakeFirst();
    const next = ready.find(({ actor }) => actor === choice) ?? ready[0];
    turns = turns.filter((turn) => turn !== next);
    next?.wake();
    return true;
  };

  const sleep = (actor: string, forMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { actor, at: ms + Math.max(0, forMs), wake };
      signal?.addEventListener('abort', abort, { once: true });
      sleepers = [...sleepers, sleeper];
    });

  return {
    nowMs: () => ms,
    pass: (more) => {
      ms += more;
    },
    clockOf: (actor) => ({
      now: () => new Date(BEGAN + ms),
      elapsedMs: () => ms - (slept.get(actor) ?? 0),
      sleep: (forMs, signal) => sleep(actor, forMs, signal),
    }),
    freeze: (actor) => frozen.add(actor),
    thaw: (actor) => frozen.delete(actor),
    suspend(actor, forMs) {
      ms += forMs;
      slept.set(actor, (slept.get(actor) ?? 0) + forMs);
    },
    bury: (actor) => dead.add(actor),
    turn: (actor) =>
      picking === null
        ? Promise.resolve()
        : new Promise((wake) => {
            turns = [...turns, { actor, wake }];
          }),
    takeTurns(pick) {
      picking = pick;
    },
    async drive(work) {
      let done = false;
      const settled = (): void => {
        done = true;
      };
      work.then(settled, settled);
      for (let steps = 0; ; steps++) {
        await everybodyWaits();
        if (done) return work;
        if (steps > MANY) throw new Error('the world goes on and on');
        if (!step()) throw new Error('nothing in the world can go on');
      }
    },
  };
}

/** Every promise that can settle without time passing has settled when the event loop comes to its check phase. */
const everybodyWaits = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
