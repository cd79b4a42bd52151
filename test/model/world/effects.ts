import type { Time } from './time.ts';

/** One call that changes the world outside of the process: what can be faulted. */
export interface Effect {
  /** Counts from 1 in each controller. */
  readonly n: number;
  /** Such as `store.put prod/head.json`, `warehouse.cutover 2 of 3: exchange main.orders`. */
  readonly name: string;
}

/**
 * What can happen at one effect.
 * - `error`: it is not done, and an error says so; the controller lives.
 * - `before`, `after`: the controller dies, with the effect not done, done.
 * - `lost`: it is done, and an error says that nobody knows.
 * - `stall`: the controller is stopped before it, for longer than its lease; others act; then it goes on.
 * - `suspend`: the same, and its monotonic clock did not notice.
 */
export type FaultKind = 'error' | 'before' | 'after' | 'lost' | 'stall' | 'suspend';

export const faultKinds: readonly FaultKind[] = ['error', 'before', 'after', 'lost', 'stall', 'suspend'];

export interface Fault {
  /** The number of the effect. */
  readonly at: number;
  readonly kind: FaultKind;
  /** What others do while it is stopped. */
  readonly meanwhile?: () => Promise<void>;
}

/** How long a stalled controller is away, ms: past any lease. */
export const STALL_MS = 120_000;

export interface Effects {
  /** Everything so far, in order. */
  readonly seen: readonly Effect[];
  /** Runs an effect by its number, with the fault that is planned for it. `down`, `unknown`: the port's own errors. */
  readonly effect: <T>(name: string, act: () => Promise<T>, errors: PortErrors) => Promise<T>;
  /** Runs what changes nothing: only a dead controller cannot. */
  readonly read: <T>(act: () => Promise<T>) => Promise<T>;
  readonly dead: () => boolean;
  /** Settles when the controller dies. */
  readonly died: Promise<void>;
  /** As kill -9: whatever it was doing never goes on. */
  readonly kill: () => void;
}

export interface PortErrors {
  down(): Error;
  unknown(): Error;
}

/** The effects of one controller, with at most one fault. */
export function effectsOf(actor: string, time: Time, fault: Fault | null): Effects {
  const seen: Effect[] = [];
  let isDead = false;
  let die = (): void => undefined;
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const kill = (): void => {
    isDead = true;
    time.bury(actor);
    die();
  };
  const read = async <T>(act: () => Promise<T>): Promise<T> => {
    await time.turn(actor);
    if (isDead) return never();
    return act();
  };
  const away = async (kind: 'stall' | 'suspend', meanwhile: Fault['meanwhile']): Promise<void> => {
    time.freeze(actor);
    if (kind === 'stall') time.pass(STALL_MS);
    else time.suspend(actor, STALL_MS);
    await meanwhile?.();
    time.thaw(actor);
  };

  return {
    seen,
    read,
    died,
    kill,
    dead: () => isDead,
    async effect(name, act, errors) {
      await time.turn(actor);
      if (isDead) return never();
      const n = seen.length + 1;
      seen.push({ n, name });
      if (fault?.at !== n) return act();
      switch (fault.kind) {
        case 'error':
          throw errors.down();
        case 'before':
          kill();
          return never();
        case 'after':
          await act();
          kill();
          return never();
        case 'lost':
          await act();
          throw errors.unknown();
        case 'stall':
        case 'suspend':
          await away(fault.kind, fault.meanwhile);
          return act();
      }
    },
  };
}

/** What a dead process waits for. */
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
