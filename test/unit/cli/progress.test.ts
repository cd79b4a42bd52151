import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../../src/cli/io.ts';
import { logOf } from '../../../src/cli/log.ts';
import { reporterOf } from '../../../src/cli/progress/reporter.ts';
import { checkId, type NodeId } from '../../../src/domain/ids.ts';
import type { Answer, Verdict } from '../../../src/domain/verdict.ts';
import type { Progress } from '../../../src/engine/ports.ts';

const pass: Verdict = { verdict: 'pass', expected: 'no offending row', observed: 'no offending row' };
const fail: Verdict = { verdict: 'fail', expected: 'no offending row', observed: '1 row' };

const said = (id: string, verdict: Verdict, ms = 2, gate = 'smoke'): Progress => {
  const check: Answer['check'] = {
    id: checkId(id),
    gate,
    at: 'live',
    severity: 'fail',
    timeoutMs: 1_000,
    title: id,
    node: null,
  };
  return { is: 'answer', answer: { check, verdict, ms } };
};

const finished = (id: string, status: 'success' | 'pass' | 'fail'): Progress => ({
  is: 'node',
  progress: {
    id: id as NodeId, // as dbt names it
    phase: 'finish',
    done: 1,
    total: 2,
    result: {
      id: id as NodeId,
      status,
      ms: 5,
      message: '',
      failures: null,
      rows: null,
      compiledPath: null,
    },
  },
});

/** What is on stderr after these events, on a terminal or elsewhere. */
async function printed(events: readonly Progress[], isTTY = false): Promise<string> {
  let text = '';
  const sink = { write: (more: string) => void (text += more), isTTY, columns: 200 };
  const io: Io = {
    stdout: sink,
    stderr: sink,
    stdin: new PassThrough(),
    env: { NO_COLOR: '1' },
    cwd: '.',
    signal: new AbortController().signal,
  };
  const common = { logLevel: 'info', logFormat: 'text' } as const;
  const reporter = await reporterOf(io, common, await logOf(io, common));
  for (const event of events) reporter.report(event);
  reporter.close();
  return text;
}

const gates: readonly Progress[] = [
  { is: 'phase', phase: 'gates', detail: 'sealed' },
  said('test:a', pass, 1, 'tests'),
  said('test:b', pass, 3, 'tests'),
  said('smoke:orders kept', fail, 40),
  said('completeness', pass, 7, 'completeness'),
  { is: 'phase-done', phase: 'gates', ms: 51 },
];
const told = `  fail  smoke:orders kept: 1 row; expected no offending row  40 ms
  tests          2 pass  up to 3 ms
  completeness   1 pass  7 ms
gates     done in 51 ms
`;

describe('checks that pass are one line a gate', () => {
  test('and every other verdict is a line of its own', async () => {
    expect(await printed(gates)).toBe(`gates     sealed\n${told}`);
  });

  test('on a terminal too, where only what is done stays', async () => {
    const text = await printed(gates, true);
    for (const line of told.trimEnd().split('\n')) expect(text).toContain(`${line}\n`);
    expect(text).not.toContain('test:a');
  });

  test('dbt tells the nodes it built and the tests that failed', async () => {
    const events = [
      finished('model.shop.orders', 'success'),
      finished('test.shop.a', 'pass'),
      finished('test.shop.b', 'fail'),
    ];
    expect(await printed(events)).toBe('  1/2  orders  success  5 ms\n  1/2  b  fail  5 ms\n');
  });
});

describe('a watch', () => {
  const until = new Date(2026, 10, 21, 14, 31, 58).toISOString();
  const watch: Progress = { is: 'phase', phase: 'watch', detail: 'live gates', until };
  const done: Progress = { is: 'phase-done', phase: 'watch', ms: 900, detail: '3 rounds, 1 fail' };

  test('says until when in the time of whoever reads', async () => {
    expect(await printed([watch])).toMatch(/^watch {5}live gates, until (Nov 21 )?14:31\n$/);
  });

  test('tells the first round, then only what changes, then how it ended', async () => {
    const rounds: readonly Progress[] = [
      watch,
      said('smoke:a@live', pass),
      said('smoke:b@live', pass),
      { is: 'round', n: 1 },
      said('smoke:a@live', pass),
      said('smoke:b@live', fail),
      { is: 'round', n: 2 },
      said('smoke:a@live', pass),
      said('smoke:b@live', fail),
      { is: 'round', n: 3 },
      done,
    ];
    const [, ...lines] = (await printed(rounds)).trimEnd().split('\n');
    expect(lines).toEqual([
      '  smoke          2 pass  up to 2 ms',
      '  fail  smoke:b@live: 1 row; expected no offending row  2 ms',
      'watch     done in 900 ms: 3 rounds, 1 fail',
    ]);
  });

  test('tells that a check passes again', async () => {
    const text = await printed([watch, said('smoke:a@live', fail), { is: 'round', n: 1 }, said('smoke:a@live', pass)]);
    expect(text).toContain('  pass  smoke:a@live: no offending row  2 ms\n');
  });
});
