import { describe, expect, test } from 'vitest';
import { joinResults, readRunResults } from '../../../src/dbt/artifacts.ts';
import { complaint } from '../../../src/dbt/complaint.ts';
import { parseEvent } from '../../../src/dbt/events.ts';
import type { NodeResult } from '../../../src/dbt/port.ts';
import { type NodeId, nodeId } from '../../../src/domain/ids.ts';
import { recorded } from './fixture.ts';

const events = recorded('build.jsonl')
  .toString()
  .split('\n')
  .flatMap((line) => parseEvent(line) ?? []);
const finished = new Map<NodeId, NodeResult>(
  events.flatMap((event) => (event.is === 'finished' ? [[event.result.id, event.result]] : [])),
);
const compiled = new Map(events.flatMap((event) => (event.is === 'compiled' ? [[event.id, event.path]] : [])));
const runResults = readRunResults(recorded('run_results.json').toString());
const fragile = nodeId('model.tiny.fragile');
const after = nodeId('model.tiny.after_fragile');

describe('what dbt says while it builds', () => {
  test('tells which start of dbt it is, what began and what ended how', () => {
    expect(events[0]).toEqual({ is: 'began', invocation: '00000000-0000-4000-8000-000000000001' });
    const started = events.filter((event) => event.is === 'started').map((event) => event.id);
    expect(started).toEqual(expect.arrayContaining([nodeId('seed.tiny.customers'), fragile]));
    expect(finished.get(nodeId('seed.tiny.customers'))).toMatchObject({ status: 'success', rows: 3 });
    expect(finished.get(nodeId('model.tiny.orders'))).toMatchObject({ status: 'success', rows: null });
    expect(finished.get(fragile)).toMatchObject({ status: 'error', message: expect.stringContaining('adieu') });
  });

  test('is passed over where it is no event or none that matters', () => {
    expect(parseEvent('Segmentation fault')).toBeNull();
    expect(parseEvent('{"info": {"name": "NodeFinished", "level": "debug"')).toBeNull();
    expect(parseEvent('{"info": {"name": "SQLQuery", "level": "debug", "msg": "select 1"}, "data": {}}')).toBeNull();
  });

  test('may end in a status that nobody knows, which is an error', () => {
    const line = (status: string) =>
      JSON.stringify({
        info: { name: 'NodeFinished', level: 'debug', msg: '' },
        data: { node_info: { unique_id: after }, run_result: { status } },
      });
    expect(parseEvent(line('partial success'))).toMatchObject({ result: { status: 'error' } });
    expect(parseEvent(line('runtime error'))).toMatchObject({ result: { status: 'error' } });
    expect(parseEvent(line('no-op'))).toMatchObject({ result: { status: 'no-op' } });
  });
});

describe('what became of each node', () => {
  test('joins events with run_results: failing rows, skipped nodes, hooks and where the SQL lies', () => {
    const results = new Map(joinResults(finished, runResults, compiled).map((result) => [result.id, result]));
    expect(results.get(after)?.status).toBe('skipped');
    expect(results.get(fragile)?.compiledPath).toBe('target/compiled/tiny/models/fragile.sql');
    expect(results.get(nodeId('operation.tiny.tiny-on-run-end-0'))?.status).toBe('success');
    expect(results.get(nodeId('model.tiny.orders'))?.failures).toBeNull();
    expect(results.get(nodeId('unit_test.tiny.orders.keeps_the_country'))).toMatchObject({
      status: 'pass',
      failures: 0,
    });
  });

  test('is known from the events alone when an interrupt left no run_results, or half of it', () => {
    for (const raw of [null, '{"results": [', '{}'])
      expect(joinResults(finished, readRunResults(raw), compiled).map((result) => result.id)).toEqual([
        ...finished.keys(),
      ]);
  });
});

describe('why dbt stopped', () => {
  test("is dbt's own error without colours, and no wall", () => {
    const long = Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n');
    expect(complaint([`\u001B[31mCompilation Error\u001B[0m\n  no such model`], ['noise'], 2)).toBe(
      'Compilation Error\n  no such model',
    );
    expect(complaint([long], [], 2).split('\n')).toHaveLength(21);
    expect(complaint([long], [], 2)).toContain('(30 more lines)');
  });

  test('is the end of stderr when dbt died before it could say anything', () => {
    expect(complaint([], ['Traceback', '  File', 'ModuleNotFoundError: no module'], 1)).toContain(
      'ModuleNotFoundError',
    );
    expect(complaint([], [], 3)).toBe('it ended with status 3 and said nothing');
    expect(complaint([], [], null)).toBe('it was killed');
  });
});
