import { z } from 'zod';
import { type NodeId, nodeId } from '../domain/ids.ts';
import { rowsOf, toStatus } from './events.ts';
import type { NodeResult } from './port.ts';

const runResults = z.object({
  results: z.array(
    z.object({
      unique_id: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      failures: z.number().nullish(),
      execution_time: z.number().default(0),
      compiled_code: z.string().nullish(),
      adapter_response: z.record(z.string(), z.unknown()).nullish(),
    }),
  ),
});

/** run_results.json; empty when dbt was killed before it wrote one, or while it did. */
export function readRunResults(raw: string | null): ReadonlyMap<NodeId, NodeResult> {
  const parsed = runResults.safeParse(raw === null ? null : parse(raw));
  if (!parsed.success) return new Map();
  return new Map(
    parsed.data.results.map((r) => [
      nodeId(r.unique_id),
      {
        id: nodeId(r.unique_id),
        status: toStatus(r.status),
        message: r.message ?? '',
        failures: r.failures ?? null,
        rows: rowsOf(r.adapter_response ?? {}),
        ms: r.execution_time * 1000,
        compiledPath: null,
        ...(r.compiled_code ? { compiled: r.compiled_code } : {}),
      },
    ]),
  );
}

/**
 * What became of each node. Events say it as it happened and know of more than run_results after an interrupt;
 * run_results adds how many rows failed, what was skipped, and hooks.
 */
export function joinResults(
  events: ReadonlyMap<NodeId, NodeResult>,
  recorded: ReadonlyMap<NodeId, NodeResult>,
  compiled: ReadonlyMap<NodeId, string>,
): readonly NodeResult[] {
  return [...new Set([...events.keys(), ...recorded.keys()])].flatMap((id) => {
    const event = events.get(id);
    const record = recorded.get(id);
    const told = event ?? record;
    if (!told) return [];
    const failures = record ? record.failures : told.failures;
    const query = record?.compiled === undefined ? {} : { compiled: record.compiled };
    return [{ ...told, failures, compiledPath: compiled.get(id) ?? null, ...query }];
  });
}

function parse(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}
