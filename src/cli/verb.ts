import * as z from 'zod';
import type { Config, Environment } from '../config/config.ts';
import { fail } from '../domain/errors.ts';
import { parseReleaseId, type ReleaseId } from '../domain/ids.ts';
import type { Ports } from '../engine/ports.ts';
import type { Io } from './io.ts';
import type { Rendered } from './render/document.ts';

/** What every verb takes. */
export interface Common {
  readonly config: string | undefined;
  readonly env: string | undefined;
  readonly json: boolean;
  readonly markdown: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
  readonly yes: boolean;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Configuration and everything built from it. */
export interface Opened {
  readonly config: Config;
  readonly environment: Environment;
  readonly ports: Ports;
}

/** What a verb works with. */
export interface Context {
  readonly io: Io;
  readonly common: Common;
  /** lastgreen.yml alone: for what works when profile, dbt or warehouse do not. */
  configured(): Promise<{ readonly config: Config; readonly environment: Environment }>;
  /** Everything, built once; closed when the command ends. */
  open(): Promise<Opened>;
  /** What is known so far, without opening anything. */
  known(): { readonly environment: string | null; readonly opened: Opened | null };
  /** Asks a person; without one, or with `--yes`, the answer is `otherwise`. */
  confirm(question: string, otherwise: boolean): Promise<boolean>;
  /** A command as it has to be typed here, with the --config and --env that were typed. */
  readonly typed: (command: string) => string;
}

export interface Option {
  /** Such as `--supersede <release>`. */
  readonly flags: string;
  readonly about: string;
  /** May be given more than once; its value is a list. */
  readonly repeats?: true;
}

/** One verb of the command line: it reads, calls the engine and renders one document. */
export interface Verb<O = unknown> {
  readonly name: string;
  /** One line, for `lastgreen --help`. */
  readonly summary: string;
  /** What it does, for `lastgreen VERB --help`. */
  readonly about: string;
  /** Such as `[release]`. */
  readonly arguments: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly Option[];
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Of options and arguments under their names. */
  readonly input: z.ZodType<O>;
  run(context: Context, input: O): Promise<Rendered>;
}

/** Hides the type of a verb's own options, to list verbs together. Its `run` throws USAGE for what cannot be meant. */
export const verb = <O>(of: Verb<O>): Verb => ({
  ...of,
  async run(context, input) {
    const parsed = of.input.safeParse(input);
    if (parsed.success) return of.run(context, parsed.data);
    const message = parsed.error.issues.map((issue) => `${issue.message}.`).join('\n');
    return fail('USAGE', { message, next: `lastgreen ${of.name} --help` });
  },
});

/** `r42` or `42`. */
export const release = z.string().transform((text, context): ReleaseId => {
  const id = parseReleaseId(text);
  if (id !== null) return id;
  context.issues.push({ code: 'custom', input: text, message: `${text} is no release; write it as r42` });
  return z.NEVER;
});

/** A switch that is off when it was not typed. */
export const flag = z.boolean().default(false);
