// Tells the story: real commits, real dbt, real data, and a reader who reads all the time.
// Usage: main.ts [ENGINE] [--keep]
import { parseArgs } from 'node:util';
import { Untrue } from './audience.ts';
import { chapters } from './chapters.ts';
import { type EngineName, engineName } from './engines.ts';
import type { ReaderReport } from './reader.ts';
import { openStage } from './stage.ts';
import { seconds } from './words.ts';

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());

const print = (text: string): void => void process.stdout.write(text);

function epilogue(report: ReaderReport): string {
  const { queries, perSecond, openings, errors, mixed, states, longestGapMs } = report;
  const rows = [
    ['queries', `${queries.toLocaleString('en')} (${perSecond.toFixed(0)} a second; opened ${openings} times)`],
    ['errors', String(errors)],
    ['mixed results', String(mixed)],
    ['longest gap', seconds(longestGapMs)],
    ...states.map(({ state, since, queries: n }, index) => [
      index === 0 ? 'saw, in order' : '',
      `${since.slice(11, 19)}  ${state}  (${n.toLocaleString('en')} queries)`,
    ]),
  ];
  const lines = rows.map(([name = '', value = '']) => `  ${name.padEnd(14)}  ${value}`);
  return `\n── What the reader saw ${'─'.repeat(78)}\n\n${lines.join('\n')}\n`;
}

async function tell(engine: EngineName, keep: boolean): Promise<void> {
  const started = performance.now();
  await using stage = await openStage({ engine, print, signal: interrupted.signal, keep });
  print(`A shop's dbt project in ${stage.repository.dir}, and a process that reads ${stage.repository.live}.\n`);
  for (const chapter of chapters) await stage.play(chapter);
  print(epilogue(await stage.reader.stop()));
  if (keep) print(`\nThe folder stays: ${stage.folder}\n`);
  print(`\nThe story took ${seconds(performance.now() - started)}; everything was as told.\n`);
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'boolean' } } });
  const [engine = 'duckdb'] = positionals;
  await tell(engineName(engine), values.keep ?? process.env['LASTGREEN_KEEP'] === '1');
} catch (error) {
  if (interrupted.signal.aborted) {
    process.stderr.write('\nThe story was interrupted; what it had started is ended.\n');
    process.exitCode = 130;
  } else if (error instanceof Untrue) {
    process.stderr.write(`\nThis is not as it should be: ${error.message}\n`);
    process.exitCode = 1;
  } else if (error instanceof RangeError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
