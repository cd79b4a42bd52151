import { describe, expect, test } from 'vitest';
import { checkId } from '../../../src/domain/ids.ts';
import { type Answer, type Check, outcome, type Verdict } from '../../../src/domain/verdict.ts';
import type { Gate, GateIo } from '../../../src/gates/gate.ts';
import { expectAll } from '../../../src/gates/registry.ts';
import { runGates, type Timer } from '../../../src/gates/runner.ts';
import { world } from './world.ts';

const check = (name: string, o: Partial<Check> = {}): Check => ({
  id: checkId(`asked:${name}`),
  gate: 'asked',
  at: 'sealed',
  severity: 'fail',
  timeoutMs: 90_000,
  title: `asks ${name}`,
  node: null,
  ...o,
});

const pass: Verdict = { verdict: 'pass', expected: 'that', observed: 'that' };
const broken: Verdict = { verdict: 'fail', expected: 'that', observed: 'this' };

const asked = (run: Gate['run'], checks: readonly Check[] = []): Gate => ({ name: 'asked', expect: () => checks, run });

/** Time in which every wait is over at once, or never. */
const timer = (waits: 'over at once' | 'never over'): Timer => ({
  elapsedMs: () => 0,
  sleep: (_, signal) => (waits === 'over at once' ? Promise.resolve() : aborted(signal)),
});

/** Never settles but by the signal, as a hanging query does. */
const aborted = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

const run = (
  gate: Gate,
  checks: readonly Check[],
  o: Partial<GateIo> & { clock?: Timer; signal?: AbortSignal; on?: (a: Answer) => void } = {},
) =>
  runGates({
    gates: [gate],
    checks,
    io: world(o),
    clock: o.clock ?? timer('never over'),
    signal: o.signal ?? new AbortController().signal,
    ...(o.on ? { on: o.on } : {}),
  });

const verdicts = (answers: readonly Answer[]) => answers.map((answer) => answer.verdict);

describe('a run of gates', () => {
  test('gives one answer for each check, in the order of the checks, whichever answers first', async () => {
    const slowFirst = asked(async (one) => {
      if (one.id === 'asked:first') for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      return { ...pass, observed: one.title };
    });
    const told: string[] = [];
    const answers = await run(slowFirst, [check('first'), check('second')], {
      on: (answer) => told.push(answer.check.id),
    });
    expect(answers.map((answer) => answer.check.id)).toEqual(['asked:first', 'asked:second']);
    expect(told).toEqual(['asked:second', 'asked:first']);
  });

  test('asks only the checks of its moment', async () => {
    const answers = await run(
      asked(async () => pass),
      [check('early', { at: 'built' }), check('now'), check('later', { at: 'live' })],
    );
    expect(answers.map((answer) => answer.check.id)).toEqual(['asked:now']);
  });

  test('calls a check that does not answer in time inconclusive, and says how long it waited', async () => {
    const answers = await run(
      asked((_, io) => aborted(io.signal)),
      [check('hangs')],
      { clock: timer('over at once') },
    );
    expect(verdicts(answers)).toEqual([{ verdict: 'inconclusive', because: 'no answer within 90 s' }]);
    expect(outcome(answers)).toBe('inconclusive');
  });

  test('calls a query that the warehouse itself ended for its time inconclusive', async () => {
    const late = asked(async () => {
      throw new DOMException('interrupted after 10 min', 'TimeoutError');
    });
    expect(verdicts(await run(late, [check('late')]))).toEqual([
      { verdict: 'inconclusive', because: 'no answer in time: interrupted after 10 min' },
    ]);
  });

  test('ends what a late check still runs', async () => {
    const ended = Promise.withResolvers<string>();
    const hanging = asked((one, io) => {
      io.signal.addEventListener('abort', () => ended.resolve(one.id));
      return aborted(io.signal);
    });
    await run(hanging, [check('hangs')], { clock: timer('over at once') });
    await expect(ended.promise).resolves.toBe('asked:hangs');
  });

  test.each([
    [
      'at once',
      () => {
        throw new Error('no such column');
      },
    ],
    [
      'later',
      async () => {
        await Promise.resolve();
        throw new Error('no such column');
      },
    ],
  ] as const)('calls a gate that throws %s an error, and goes on with the others', async (_, thrower) => {
    const gate = asked(async (one) => (one.id === 'asked:bad' ? thrower() : pass));
    const answers = await run(gate, [check('bad'), check('good')]);
    expect(verdicts(answers)).toEqual([{ verdict: 'error', because: 'no such column' }, pass]);
    expect(outcome(answers)).toBe('fail');
  });

  test('calls an expected check that no gate answers inconclusive, never a pass', async () => {
    const answers = await run(
      asked(async () => pass),
      [check('of another version', { gate: 'shape' })],
    );
    expect(verdicts(answers)).toEqual([
      { verdict: 'inconclusive', because: 'this version of lastgreen has no gate called shape, so nobody asked' },
    ]);
  });

  test('rejects with the reason of the abort, also when a gate does not listen', async () => {
    const stop = new AbortController();
    const deaf = asked(() => {
      stop.abort(new Error('interrupted'));
      return new Promise(() => {});
    });
    await expect(run(deaf, [check('deaf')], { signal: stop.signal })).rejects.toThrow('interrupted');
    await expect(run(deaf, [], { signal: stop.signal })).rejects.toThrow('interrupted');
  });

  test('does not take an interrupted query for an answer', async () => {
    const stop = new AbortController();
    const listening = asked(async () => {
      stop.abort(new Error('interrupted'));
      throw new Error('query cancelled');
    });
    const told: Answer[] = [];
    await expect(
      run(listening, [check('cancelled')], { signal: stop.signal, on: (a) => told.push(a) }),
    ).rejects.toThrow('interrupted');
    expect(told).toEqual([]);
  });

  test('asks four at a time, and no more', async () => {
    const four = Promise.withResolvers<void>();
    let asking = 0;
    let most = 0;
    const counting = asked(async () => {
      asking += 1;
      most = Math.max(most, asking);
      if (asking === 4) four.resolve();
      await four.promise;
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      asking -= 1;
      return pass;
    });
    const checks = Array.from({ length: 20 }, (_, n) => check(String(n)));
    expect(await run(counting, checks)).toHaveLength(20);
    expect(most).toBe(4);
  });
});

describe('a check that only warns', () => {
  const warns = check('warns', { severity: 'warn' });

  test('turns a fail into a warning, which lets the release on', async () => {
    const answers = await run(
      asked(async () => broken),
      [warns],
    );
    expect(verdicts(answers)).toEqual([{ ...broken, verdict: 'warn' }]);
    expect(outcome(answers)).toBe('pass');
  });

  test('still stops a release when it has no answer', async () => {
    const answers = await run(
      asked(async () => {
        throw new Error('no such column');
      }),
      [warns],
    );
    expect(outcome(answers)).toBe('fail');
  });

  test('never stops the way back, since what it compares with may be what is broken', async () => {
    const answers = await run(
      asked(async () => {
        throw new Error('live cannot be read');
      }),
      [warns],
      { direction: 'back' },
    );
    expect(verdicts(answers)).toEqual([
      { verdict: 'warn', expected: 'an answer', observed: 'no answer: live cannot be read' },
    ]);
    expect(outcome(answers)).toBe('pass');
  });
});

describe('a plan that was made for the way forward', () => {
  test('blocks on the way back only by what blocks there', async () => {
    const gates = ['references', 'smoke'].map((name) => ({ ...asked(async () => broken), name }));
    const checks = gates.map(({ name }) => check(name, { gate: name }));
    const { signal } = new AbortController();
    const answers = await runGates({
      gates,
      checks,
      io: world({ direction: 'back' }),
      clock: timer('never over'),
      signal,
    });
    expect(answers.map(({ verdict }) => verdict.verdict)).toEqual(['fail', 'warn']);
  });
});

describe('what is expected of a release', () => {
  const gate = (name: string): Gate => ({
    ...asked(async () => pass, [check(name, { gate: name, id: checkId(name) })]),
    name,
  });

  test('is every check of every gate, in the order of the registry', () => {
    const checks = expectAll([gate('contract'), gate('smoke')], world());
    expect(checks.map(({ id, severity }) => [id, severity])).toEqual([
      ['contract', 'fail'],
      ['smoke', 'fail'],
    ]);
  });

  test('blocks on the way back only by completeness, references and protection', () => {
    const all = ['tests', 'completeness', 'references', 'protection', 'compatibility', 'smoke'].map(gate);
    const blocking = expectAll(all, world({ direction: 'back' })).filter(({ severity }) => severity === 'fail');
    expect(blocking.map(({ gate: name }) => name)).toEqual(['completeness', 'references', 'protection']);
  });

  test('never has two checks of one id', () => {
    expect(() => expectAll([gate('smoke'), gate('smoke')], world())).toThrow('two checks are called smoke');
  });
});
