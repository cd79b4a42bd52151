import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as z from 'zod';
import type { Telling } from '../domain/errors/spec.ts';
import { LastgreenError } from '../domain/errors.ts';
import { foreseen } from '../engine/retry.ts';
import { contextOf, type OwnContext, withCommon } from './context.ts';
import { hasColour, type Io } from './io.ts';
import { liveNow } from './live.ts';
import { readCommandLine, type Typed } from './program.ts';
import { type Block, toMarkdown, toText } from './render/blocks.ts';
import { rendered } from './render/document.ts';
import { type Failure, failureRendering } from './render/failure.ts';
import { atTime, inBytes } from './render/words.ts';
import type { Common } from './verb.ts';
import { verbsIn } from './verbs.ts';

/** Runs one command line to its exit status. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const form = { json: argv.includes('--json'), markdown: argv.includes('--markdown') };
  let typed: Typed;
  try {
    typed = readCommandLine(argv, await verbsIn(argv), await version(), io);
  } catch (error) {
    return tell(io, form, failureOf(error, io, { environment: null, live: null }, telling(form, false)));
  }
  if ('exit' in typed) return typed.exit;
  const context = await contextOf(io, typed.common);
  try {
    return await runVerb(context, typed);
  } finally {
    await context[Symbol.asyncDispose]();
  }
}

async function runVerb(context: OwnContext, { verb, input }: Extract<Typed, { verb: unknown }>): Promise<number> {
  const { io, common } = context;
  try {
    const { document, blocks, exit } = await verb.run(context, input);
    context.quiet();
    print(io, common, document, blocks);
    return exit;
  } catch (error) {
    context.quiet();
    return tell(io, common, await failureIn(context, error));
  }
}

const version = async (): Promise<string> => {
  const text = await readFile(createRequire(import.meta.url).resolve('#package'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
};

type Form = Pick<Common, 'json' | 'markdown'>;

function print(io: Io, form: Form, document: unknown, blocks: readonly Block[]): void {
  if (form.json) io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else if (form.markdown) io.stdout.write(toMarkdown(blocks));
  else io.stdout.write(toText(blocks, hasColour(io, io.stdout)));
}

/** A failure is a result where a document was asked for; people read it beside the progress. */
function tell(io: Io, form: Form, failure: Failure): number {
  const { document, blocks } = rendered(failureRendering, failure);
  if (form.json || form.markdown) print(io, form, document, blocks);
  else io.stderr.write(toText(blocks, hasColour(io, io.stderr)));
  return failure.exit;
}

async function failureIn(context: OwnContext, thrown: unknown): Promise<Failure> {
  const { environment, opened } = context.known();
  const live = opened ? await liveNow(opened.ports) : null;
  const { logLevel, logFormat } = context.common;
  const seen = logFormat === 'text' && (logLevel === 'info' || logLevel === 'debug');
  const failure = failureOf(thrown, context.io, { environment, live }, telling(context.common, seen));
  return { ...failure, error: { ...failure.error, next: withCommon(failure.error.next, context.common) } };
}

/** People read their own time, and not again what the checks said above; documents are whole. */
function telling(form: Form, seen: boolean): Telling {
  if (form.json || form.markdown) return { time: (iso) => iso, size: (size) => `${size} bytes`, seen: false };
  return { time: (iso) => atTime(iso, new Date().toISOString()), size: inBytes, seen };
}

type Known = Pick<Failure, 'environment' | 'live'>;

function failureOf(thrown: unknown, io: Io, { environment, live }: Known, to: Telling): Failure {
  const error = foreseen(thrown);
  const known = error instanceof LastgreenError ? error : unforeseen(error, io);
  const { code, next, runbook, exit } = known;
  return {
    schema: 'lastgreen/failure/1',
    environment,
    outcome: 'failed',
    exit,
    error: { code, message: known.say(to), next, runbook },
    live,
  };
}

/** Whatever ends because of an interrupt is one; all else that nobody foresaw is a bug, told with its stack. */
function unforeseen(error: unknown, io: Io): LastgreenError {
  if (io.signal.aborted)
    return LastgreenError.of('INTERRUPTED', { doing: 'readers have what they had' }, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.stack) io.stderr.write(`${error.stack}\n`);
  return LastgreenError.of('BUG', { message }, { cause: error });
}
