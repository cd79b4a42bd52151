import { Writable } from 'node:stream';

/** Somewhere to write text to. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Characters in a line; 80 where nobody knows. */
  readonly columns: number;
}

/** All that the command line has of the outside: what a test hands in instead of a process. */
export interface Io {
  /** Results. */
  readonly stdout: Sink;
  /** Progress, logs, questions, errors. */
  readonly stderr: Sink;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by SIGINT, SIGTERM and SIGHUP: the command ends as soon as it safely can. */
  readonly signal: AbortSignal;
}

/** A person is there to be asked. */
export const isInteractive = (io: Io): boolean => io.stdin.isTTY === true && io.stderr.isTTY;

/** Colours are for terminals, and for those who want none there is NO_COLOR (no-color.org). */
export const hasColour = (io: Io, sink: Sink): boolean =>
  sink.isTTY && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb';

export interface ProcessIo extends Io, Disposable {}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The real one. Disposing it gives the signals back to Node. */
export function ioOf(process: NodeJS.Process): ProcessIo {
  const interrupt = new AbortController();
  const stderr = sinkOf(process.stderr);
  const onSignal = (): void => {
    if (!interrupt.signal.aborted) stderr.write('\nInterrupted; ending safely.\n');
    interrupt.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    stdout: sinkOf(process.stdout),
    stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    signal: interrupt.signal,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.removeListener(signal, onSignal);
    },
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  // A reader that has seen enough (`| head`) closes the pipe; what the command does goes on all the same.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

/** A sink for libraries that want a stream. */
export const streamOf = (sink: Sink): Writable =>
  new Writable({
    write(chunk, _encoding, done) {
      sink.write(String(chunk));
      done();
    },
  });
