import { delimiter } from 'node:path';
import { execa } from 'execa';
import { at } from '../../scripts/setup/places.mjs';
import { warmDbt } from '../dbt/warm.ts';

/** Where a command is typed, and by whom. */
export interface Shell {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what is printed, as it is printed. */
  readonly print?: (text: string) => void;
  /** Interrupts the command as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

export interface Ended {
  /** null when a signal ended it. */
  readonly exit: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as stderr has a line like this; throws when the command ends without one. */
  says(line: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const program = at('bin', 'lastgreen.js');
/** dbt is found as users have it: on PATH. */
const pathTo = (folder: string): string => [folder, process.env['PATH'] ?? ''].join(delimiter);
const real = at('.tools', 'dbt', 'bin');
const path = pathTo(process.env[warmDbt] ?? real);
/** For what stops and kills processes: dbt as a process of its caller's. */
export const withRealDbt = { PATH: pathTo(real) } as const;

/** Starts the built command line, on the Node that this process runs on, without a terminal. */
export function startLastgreen(args: readonly string[], { cwd, env = {}, print, signal }: Shell): Running {
  const started = performance.now();
  const child = execa(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: path, ...env },
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
    forceKillAfterDelay: false,
  });
  let said = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => print?.(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    print?.(text);
    for (const listener of listeners) listener();
  });
  const interrupt = (): void => void child.kill('SIGINT');
  signal?.addEventListener('abort', interrupt, { once: true });
  const end = async (): Promise<Ended> => {
    const { exitCode, signal: by, stdout, stderr } = await child;
    signal?.removeEventListener('abort', interrupt);
    return { exit: exitCode ?? null, signal: by ?? null, stdout, stderr, ms: performance.now() - started };
  };
  const ended = end();
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (name) => void child.kill(name),
    async says(line) {
      const heard = Promise.withResolvers<void>();
      const listen = (): void => {
        if (said.split('\n').some((text) => line.test(text))) heard.resolve();
      };
      listeners.add(listen);
      listen();
      const missed = ended.then(({ exit, stdout, stderr }) => {
        throw new Error(`It ended (${exit}) and never said ${line}:\n${stdout}${stderr}`);
      });
      await Promise.race([heard.promise, missed]).finally(() => {
        listeners.delete(listen);
        missed.catch(() => undefined);
      });
    },
  };
}

/** Runs the built command line to its end. */
export const lastgreen = (args: readonly string[], shell: Shell): Promise<Ended> => startLastgreen(args, shell).ended;
