import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** What a process of readers reads, as JSON in its one argument. */
export interface Reading {
  /** A connection string. */
  readonly url: string;
  readonly schema: string;
  /** Relations with one row that says in `release` which release it is of. */
  readonly relations: readonly string[];
  /** One session each. */
  readonly readers: readonly Habit[];
}

/**
 * How a reader asks two relations: in one statement, in one that it prepared once, or one after the other in a
 * repeatable-read transaction.
 */
export type Habit = 'statement' | 'prepared' | 'transaction';

export interface Got {
  readonly queries: number;
  readonly errors: readonly string[];
  /** Answers in which the two relations were not of one release. */
  readonly mixed: number;
  /** The releases that were seen. */
  readonly seen: readonly number[];
  /** What the slowest answer took, ms. */
  readonly longestMs: number;
}

const reading: Reading = JSON.parse(process.argv[2] ?? '');
const errors: string[] = [];
const seen = new Set<number>();
let [begun, queries, mixed, longestMs, stopped] = [0, 0, 0, 0, false];

const at = (name: string): string => `${pg.escapeIdentifier(reading.schema)}.${pg.escapeIdentifier(name)}`;
const any = (): string => reading.relations[Math.floor(Math.random() * reading.relations.length)] ?? '';

type Release = { readonly release: number };

async function ask(client: pg.Client, habit: Habit, turn: number): Promise<readonly Release[]> {
  const joined = (a: string, b: string) =>
    `select a.release from ${at(a)} a union all select b.release from ${at(b)} b`;
  switch (habit) {
    case 'statement':
      return (await client.query<Release>(joined(any(), any()))).rows;
    case 'prepared': {
      const n = turn % 10;
      const [a = '', b = ''] = [reading.relations[n], reading.relations.at(-1 - n)];
      return (await client.query<Release>({ name: `of ${n}`, text: joined(a, b) })).rows;
    }
    case 'transaction': {
      await client.query('begin isolation level repeatable read');
      const rows: Release[] = [];
      for (const name of [any(), any()])
        rows.push(...(await client.query<Release>(`select release from ${at(name)}`)).rows);
      await client.query('commit');
      return rows;
    }
  }
}

async function read(habit: Habit): Promise<void> {
  const client = new pg.Client(reading.url);
  await client.connect();
  for (let turn = 0; !stopped; turn++) {
    const start = performance.now();
    try {
      note(await ask(client, habit, turn));
    } catch (error) {
      errors.push(`${habit}: ${error instanceof Error ? error.message : String(error)}`);
      await client.query('rollback');
    }
    longestMs = Math.max(longestMs, performance.now() - start);
    if (turn === 0 && ++begun === reading.readers.length) process.send?.('reading');
    // A busy reader, but one that leaves the machine to others too.
    await pause(5);
  }
  await client.end();
}

function note(rows: readonly Release[]): void {
  queries += 1;
  const [a, b] = rows.map(({ release }) => release);
  if (rows.length !== 2 || a === undefined || a !== b) mixed += 1;
  else seen.add(a);
}

for (const end of ['message', 'disconnect'] as const)
  process.on(end, () => {
    stopped = true;
  });
await Promise.all(reading.readers.map(read));
process.send?.({ queries, errors, mixed, seen: [...seen], longestMs } satisfies Got, () => process.disconnect());
