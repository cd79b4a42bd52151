// Measures what lastgreen adds to dbt. Prints tables and keeps nothing.
// Usage: main.ts [deploy] [plan] [postgres] [bigquery] [--quick]
import { parseArgs } from 'node:util';
import { bigquery } from './bigquery.ts';
import { deploys } from './deploy.ts';
import { plans } from './plan.ts';
import { postgres } from './postgres.ts';

// What runs ends first, and then the folders are removed.
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());

const benches = { deploy: deploys, plan: plans, postgres, bigquery } as const;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' } } });
const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) {
  process.stderr.write(`There is no bench "${unknown}": it is one of ${Object.keys(benches).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  const say = (text: string): void => {
    interrupted.signal.throwIfAborted();
    process.stderr.write(`  ${text}\n`);
  };
  try {
    for (const [name, bench] of Object.entries(benches)) {
      if (positionals.length > 0 && !positionals.includes(name)) continue;
      process.stdout.write(`${await bench({ quick: values.quick ?? false, say })}\n`);
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    process.stderr.write('\nInterrupted; what it had started is ended.\n');
    process.exitCode = 130;
  }
}
