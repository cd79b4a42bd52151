import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EngineName } from './engines.ts';
import { type Request, responseSchema, turns } from './readers/protocol.ts';
import type { ReaderReport } from './readers/report.ts';

export type { ReaderReport } from './readers/report.ts';

/** A process that reads what is live, as a dashboard does. */
export interface Reader extends AsyncDisposable {
  readonly pid: number;
  /** What it saw so far. Throws when it ended by itself. */
  report(): Promise<ReaderReport>;
  /**
   * What it saw so far, once it has opened anew whatever it holds open now: what it read last was live when this was
   * asked, or later. Waits for the first release. Throws when it ended by itself.
   */
  fresh(): Promise<ReaderReport>;
  /** Ends it cleanly: the last report. Asked again, the same one. Throws when it ended by itself. */
  stop(): Promise<ReaderReport>;
}

/** One more than the statements asked of a connection that is held. */
const anew = Math.max(...turns.map(({ statements }) => statements)) + 1;

const program = fileURLToPath(new URL('./readers/main.ts', import.meta.url));

/**
 * Starts a reader of `live` (as the engine's table says), which may need variables to get there; before the first
 * release it waits for something to read.
 */
export async function startReader(
  engine: EngineName,
  live: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Reader> {
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const child = fork(program, [engine, live], { execArgv: [], env: { ...process.env, ...env }, stdio: [...stdio] });
  await once(child, 'spawn');
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });

  const waiting = new Map<number, PromiseWithResolvers<ReaderReport>>();
  const last = Promise.withResolvers<ReaderReport>();
  // Whoever stops it hears of a failure; until then nobody listens.
  last.promise.catch(() => undefined);
  let requests = 0;

  child.on('message', (message) => {
    const { id, report } = responseSchema.parse(message);
    if (id === null) last.resolve(report);
    for (const [key, request] of waiting) if (id === null || id === key) request.resolve(report);
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    const error = new Error(`The reader ended by itself (${String(signal ?? code)}). ${said}`.trim());
    last.reject(error);
    for (const request of waiting.values()) request.reject(error);
    waiting.clear();
  });

  const ask = async (request: Omit<Request, 'id'>): Promise<ReaderReport> => {
    requests += 1;
    const id = requests;
    if (!child.connected) return await last.promise;
    const answer = Promise.withResolvers<ReaderReport>();
    waiting.set(id, answer);
    child.send({ id, ...request }, (error) => {
      if (error !== null) answer.reject(error);
    });
    return await answer.promise.finally(() => waiting.delete(id));
  };
  const stop = async (): Promise<ReaderReport> => {
    if (child.connected) await ask({ after: 0, stop: true });
    await ended;
    return await last.promise;
  };
  return {
    pid: child.pid ?? 0,
    report: () => ask({ after: 0, stop: false }),
    fresh: () => ask({ after: anew, stop: false }),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop().catch(() => undefined);
    },
  };
}
