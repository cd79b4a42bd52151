import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';

/**
 * A reader that knows nothing of sides: opens the file of the name it was given, anew or for a while in turns, and asks
 * two relations in one statement. Says at the end what it got.
 */
export interface Got {
  readonly queries: number;
  readonly errors: readonly string[];
  /** Answers in which the two relations were not of one release. */
  readonly mixed: number;
  /** The releases that it saw, in order, without repeats. */
  readonly seen: readonly number[];
}

const [path = '', sql = ''] = process.argv.slice(2);
const errors: string[] = [];
const seen: number[] = [];
let [queries, mixed, stopped] = [0, 0, false];

async function ask(times: number): Promise<void> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    for (let i = 0; i < times; i++) note((await connection.runAndReadAll(sql)).getRowsJson()[0]);
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}

function note(row: readonly unknown[] | undefined): void {
  queries += 1;
  const [a, b] = (row ?? []).map(Number);
  if (a === undefined || a !== b) mixed += 1;
  else if (seen.at(-1) !== a) seen.push(a);
}

for (const end of ['message', 'disconnect'] as const)
  process.on(end, () => {
    stopped = true;
  });
for (let turn = 0; !stopped; turn++) {
  try {
    await ask(turn % 3 === 0 ? 10 : 1);
  } catch (error) {
    errors.push(error instanceof Error ? error.message : String(error));
  }
  if (turn === 0) process.send?.('reading');
  // A busy reader, but one that leaves the machine to others too.
  await pause(5);
}
process.send?.({ queries, errors, mixed, seen } satisfies Got, () => process.disconnect());
