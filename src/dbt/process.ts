import { fileURLToPath } from 'node:url';

export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Between SIGINT and SIGKILL, ms. */
  readonly graceMs: number;
  /** Each line of stdout. `stopping`: it was written after the command was asked to stop. */
  readonly onLine: (line: string, stopping: boolean) => void;
}

export interface Ended {
  /** null when it was killed. */
  readonly exit: number | null;
  /** `aborted`, `timeout`: it was asked to stop; its exit says nothing then. */
  readonly because: 'itself' | 'aborted' | 'timeout';
  /** The last lines of stderr. */
  readonly stderr: readonly string[];
  readonly ms: number;
}

/** Compiled, this file and its guard end in `.js`. */
const guard = fileURLToPath(
  new URL('./guard.ts', import.meta.url).href.replace(/\.ts$/, import.meta.url.endsWith('.ts') ? '.ts' : '.js'),
);
const keptLines = 40;
/** After the guard's own grace, in case the guard was stopped or killed, ms. */
const beyondGuardMs = 5_000;

/**
 * Runs a command under the guard, in a process group of its own, and returns when nothing of it is left. Aborting, the
 * timeout and the death of this process all end it the same way: the guard's stdin closes.
 */
export async function underGuard(o: Command): Promise<Ended> {
  const start = performance.now();
  // Loaded when dbt is started: status and a swap back never do.
  const { execa } = await import('execa');
  const child = execa(process.execPath, [guard, String(o.graceMs), o.executable, ...o.args], {
    cwd: o.cwd,
    env: { ...o.env },
    extendEnv: false,
    detached: true,
    // The guard sees to it, also where this process has no time to.
    cleanup: false,
    stdin: 'pipe',
    buffer: false,
    reject: false,
  });
  const timeout = AbortSignal.timeout(o.timeoutMs);
  const stopped = AbortSignal.any([o.signal, timeout]);
  let backstop: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.stdin.end();
    backstop = setTimeout(() => killGroup(child.pid), o.graceMs + beyondGuardMs);
  };
  if (stopped.aborted) stop();
  else stopped.addEventListener('abort', stop, { once: true });
  // Whatever dbt left in its group holds stdout open, and has nobody to report to.
  child.nodeChildProcess.once('exit', () => killGroup(child.pid));
  try {
    const stderr: string[] = [];
    const [ended] = await Promise.all([
      child,
      each(child.iterable({ from: 'stdout' }), (line) => o.onLine(line, stopped.aborted)),
      each(child.iterable({ from: 'stderr' }), (line) => {
        stderr.push(line);
        if (stderr.length > keptLines) stderr.shift();
      }),
    ]);
    const because = !stopped.aborted ? 'itself' : o.signal.aborted ? 'aborted' : 'timeout';
    return { exit: ended.exitCode ?? null, because, stderr, ms: performance.now() - start };
  } finally {
    stopped.removeEventListener('abort', stop);
    clearTimeout(backstop);
  }
}

async function each(lines: AsyncIterable<unknown>, act: (line: string) => void): Promise<void> {
  for await (const line of lines) act(String(line));
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left.
  }
}
