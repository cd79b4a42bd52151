import { setTimeout as pause } from 'node:timers/promises';

/** What one reader got for one statement. */
export interface Answer {
  /** Before the statement was sent, and when its answer was there, ms of this process. */
  readonly asked: number;
  readonly got: number;
  /** What each relation told, in order. */
  readonly releases: readonly number[];
  readonly error: string | null;
}

/** Somebody who asks. */
interface Client {
  ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close?(): Promise<void>;
}

/** Reads relations that tell their `release`, all in one statement, again and again until it is stopped. */
export async function read(
  client: Client,
  relations: readonly string[],
): Promise<{ stop(): Promise<readonly Answer[]> }> {
  const columns = relations.map((relation, n) => `(select max(release) from ${relation}) as r${n}`);
  const answers: Answer[] = [];
  const stopping = new AbortController();
  const ask = async (): Promise<void> => {
    const asked = performance.now();
    try {
      const [row = {}] = await client.ask(`select ${columns.join(', ')}`);
      answers.push({ asked, got: performance.now(), releases: Object.values(row).map(Number), error: null });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      answers.push({ asked, got: performance.now(), releases: [], error: message });
    }
  };
  await ask();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await ask();
      // A busy reader, but one that leaves the server to others too.
      await pause(10);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
      await client.close?.();
      return answers;
    },
  };
}
