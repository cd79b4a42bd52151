// A reader: a process of its own that asks the live relations one question, over and over, until it is told to stop.
// Usage (by reader.ts, with an IPC channel): main.ts ENGINE LIVE
import { setTimeout as pause } from 'node:timers/promises';
import { engineName, engines } from '../engines.ts';
import { requestSchema, turns } from './protocol.ts';
import { question, sightOf } from './question.ts';
import { Account } from './report.ts';
import type { Connection, Source } from './source.ts';

/** From the start of one statement to that of the next: 22 a second leave the cores to what is watched. */
const everyMs = 45;

const account = new Account();
const stopping = new AbortController();
const waiting: { readonly id: number; readonly asked: number }[] = [];

function answer(id: number): void {
  process.send?.({ id, report: account.report() });
}

function answerThoseWhoWaited(): void {
  for (const [index, { id, asked }] of [...waiting.entries()].reverse()) {
    if (account.asked < asked) continue;
    waiting.splice(index, 1);
    answer(id);
  }
}

/** One statement; true when it was answered. */
async function ask(connection: Connection): Promise<boolean> {
  try {
    account.saw(sightOf(await connection.ask(question)));
    return true;
  } catch (error) {
    account.failed(error);
    return false;
  }
}

/** The warehouse, or null when it cannot be opened. */
async function open(source: Source): Promise<Connection | null> {
  try {
    const connection = await source.open();
    account.opened();
    return connection;
  } catch (error) {
    account.failed(error);
    return null;
  }
}

async function turn(source: Source, { statements, held }: (typeof turns)[number]): Promise<void> {
  let connection: Connection | null = null;
  for (let n = 0; n < statements && !stopping.signal.aborted; n += 1) {
    const started = performance.now();
    connection ??= await open(source);
    const answered = connection !== null && (await ask(connection));
    if (!held || !answered) {
      await connection?.close();
      connection = null;
    }
    answerThoseWhoWaited();
    await pause(Math.max(0, everyMs - (performance.now() - started)));
  }
  await connection?.close();
}

async function read(source: Source): Promise<void> {
  // Before the first release there is nothing to read, which is no error; once something was read, it is one.
  while (!account.began && !stopping.signal.aborted && !(await source.there())) await pause(everyMs);
  for (let n = 0; !stopping.signal.aborted; n += 1) await turn(source, turns[n % 2 === 0 ? 0 : 1]);
}

process.on('message', (message) => {
  const { id, after, stop } = requestSchema.parse(message);
  if (stop) stopping.abort();
  else if (after === 0) answer(id);
  else waiting.push({ id, asked: account.asked + after });
});
process.on('disconnect', () => stopping.abort());

const [, , engine = '', live = ''] = process.argv;
await read(await engines[engineName(engine)].source(live, process.env));
// The last report answers everybody, also those who waited for statements that were never asked.
if (process.connected) process.send?.({ id: null, report: account.report() }, () => process.disconnect());
