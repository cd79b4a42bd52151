import { conflict } from './errors/conflict.ts';
import { failure } from './errors/failure.ts';
import type { Exit, Spec, Telling } from './errors/spec.ts';
import { usage } from './errors/usage.ts';

/** The one registry: code -> exit status, runbook, message, next step. */
export const errors = { ...usage, ...conflict, ...failure };

export type ErrorCode = keyof typeof errors;
export type ErrorParams<C extends ErrorCode> = (typeof errors)[C] extends Spec<infer P> ? P : never;

/** In journals and documents: whole, with ISO times and bytes. */
const machines: Telling = { time: (iso) => iso, size: (bytes) => `${bytes} bytes`, seen: false };

/** A failure that lastgreen foresaw. Anything else that is thrown is a bug (exit 1). */
export class LastgreenError extends Error {
  readonly code: ErrorCode;
  readonly exit: Exit;
  readonly next: string;
  readonly runbook: string | null;
  /** The message as it is told to somebody. */
  readonly say: (to: Telling) => string;

  private constructor(
    code: ErrorCode,
    say: (to: Telling) => string,
    exit: Exit,
    next: string,
    runbook: string | null,
    o?: ErrorOptions,
  ) {
    super(say(machines), o);
    this.name = 'LastgreenError';
    this.say = say;
    this.code = code;
    this.exit = exit;
    this.next = next;
    this.runbook = runbook;
  }

  static of<C extends ErrorCode>(code: C, params: ErrorParams<C>, o?: ErrorOptions): LastgreenError {
    // The registry pairs every code with its own params; TypeScript cannot follow the pair through the index.
    const found = errors[code] as unknown as Spec<ErrorParams<C>>;
    return new LastgreenError(
      code,
      (to) => found.message(params, to),
      found.exit,
      found.next(params),
      found.runbook ?? null,
      o,
    );
  }
}

/** Throws the failure with this code. */
export function fail<C extends ErrorCode>(code: C, params: ErrorParams<C>, o?: ErrorOptions): never {
  throw LastgreenError.of(code, params, o);
}
