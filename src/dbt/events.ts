import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { type NodeId, nodeId } from '../domain/ids.ts';
import type { NodeResult } from './port.ts';

/** What lastgreen reads of dbt's log lines (`--log-format json`), and nothing else of them. */
export type DbtEvent =
  | { readonly is: 'began'; readonly invocation: string }
  | { readonly is: 'started'; readonly id: NodeId }
  | { readonly is: 'finished'; readonly result: NodeResult }
  | { readonly is: 'compiled'; readonly id: NodeId; readonly path: string }
  | { readonly is: 'printed'; readonly text: string }
  | { readonly is: 'complained'; readonly text: string }
  /** A part of a selector that chose nothing: dbt warns and goes on. */
  | { readonly is: 'unmatched'; readonly criterion: string };

const info = z.object({ name: z.string(), level: z.string(), msg: z.string(), invocation_id: z.string().optional() });
const node = z.object({ unique_id: z.string() });
const line = z.object({
  info,
  data: z
    .object({
      node_info: node.optional().catch(undefined),
      run_result: z
        .object({
          status: z.string(),
          message: z.string().nullish(),
          execution_time: z.number().default(0),
          num_failures: z.number().nullish(),
          adapter_response: z.record(z.string(), z.unknown()).nullish(),
        })
        .optional()
        .catch(undefined),
      path: z.string().optional().catch(undefined),
      exc: z.string().optional().catch(undefined),
      spec_raw: z.string().optional().catch(undefined),
    })
    .default({}),
});

/** Debug lines are the most of them by far; most are told from the others without being parsed. */
const interesting =
  /"name":\s*"(?:MainReportVersion|NodeStart|NodeFinished|SQLCompiledPath|PrintEvent|MainEncounteredError|NoNodesForSelectionCriteria)"|"level":\s*"error"/;

/** null: nothing that lastgreen asks for, or no event at all. */
export function parseEvent(text: string): DbtEvent | null {
  if (!interesting.test(text)) return null;
  const parsed = line.safeParse(parseJson(text));
  return parsed.success ? toEvent(parsed.data) : null;
}

function toEvent({ info: { name, level, msg, invocation_id }, data }: z.infer<typeof line>): DbtEvent | null {
  const id = data.node_info && nodeId(data.node_info.unique_id);
  if (name === 'MainReportVersion') return { is: 'began', invocation: invocation_id ?? '' };
  if (name === 'PrintEvent') return { is: 'printed', text: msg };
  if (name === 'NodeStart' && id) return { is: 'started', id };
  if (name === 'NodeFinished' && id && data.run_result) {
    const { status, message, execution_time, num_failures, adapter_response } = data.run_result;
    const result = {
      id,
      status: toStatus(status),
      message: message ?? '',
      failures: num_failures ?? null,
      rows: rowsOf(adapter_response ?? {}),
      ms: execution_time * 1000,
      compiledPath: null,
    };
    return { is: 'finished', result };
  }
  if (name === 'SQLCompiledPath' && id && data.path !== undefined) return { is: 'compiled', id, path: data.path };
  if (name === 'NoNodesForSelectionCriteria' && data.spec_raw !== undefined)
    return { is: 'unmatched', criterion: data.spec_raw };
  return level === 'error' ? { is: 'complained', text: stripVTControlCharacters(data.exc ?? msg) } : null;
}

/** What dbt calls it in events and run_results; a status nobody knows is an error. */
export function toStatus(status: string): NodeResult['status'] {
  switch (status) {
    case 'success':
    case 'error':
    case 'fail':
    case 'warn':
    case 'skipped':
    case 'pass':
    case 'no-op':
      return status;
    default:
      return 'error';
  }
}

/** Adapters that do not know answer -1 or nothing. */
export function rowsOf(response: Readonly<Record<string, unknown>>): number | null {
  const rows = response['rows_affected'];
  return typeof rows === 'number' && rows >= 0 ? rows : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
