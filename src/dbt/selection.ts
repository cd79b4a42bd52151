import type { NodeId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';

/**
 * What dbt is asked to build, by unique_id. `--select` splits at spaces and commas, reads dots and stars, and an
 * argument list has an end; dbt's `result:` method takes ids as they are from a run_results.json in the state folder.
 */
export const selectListed = (verb: string): readonly string[] => [
  '--select',
  'result:success',
  // The others know no tests, and not the option either.
  ...(verb === 'build' || verb === 'test' ? ['--indirect-selection', 'eager'] : []),
];

/** The run_results.json from which `selectListed` takes the ids. */
export function listedResults(select: readonly NodeId[]): string {
  return JSON.stringify({
    metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json' },
    elapsed_time: 0,
    args: {},
    results: select.map((id) => ({
      unique_id: id,
      status: 'success',
      timing: [],
      thread_id: '',
      execution_time: 0,
      adapter_response: {},
      message: null,
      failures: null,
      compiled: null,
      compiled_code: null,
      relation_name: null,
    })),
  });
}

const narrowing =
  /^(-s|-m|--(select|models?|exclude|selector|resource-types?|exclude-resource-types?|inline|sample|empty))(=|$)/;

/** Whether what a person typed for dbt chooses nodes itself. */
export const choosesItself = (args: readonly string[]): boolean => args.some((argument) => narrowing.test(argument));

export interface Expected {
  readonly nodes: ReadonlySet<NodeId>;
  readonly tests: ReadonlySet<NodeId>;
}

/**
 * Every result that a command owes for these nodes and tests, or, where none are given, for the whole project: dbt
 * inlines ephemeral models and passes over empty files.
 */
export function expected(manifest: Manifest, select: readonly NodeId[], verb: string): Expected {
  const chosen = new Set(select);
  const all = select.length === 0;
  const nodes = [...manifest.nodes.values()].filter(
    (node) => (all || chosen.has(node.id)) && node.relation !== null && !isEmpty(node) && builds(verb, node),
  );
  const tests = [...manifest.tests.values()].filter(
    (test) => all || chosen.has(test.id) || test.reads.some((id) => chosen.has(id)),
  );
  const runsTests = verb === 'build' || verb === 'test';
  return {
    nodes: new Set(nodes.map((node) => node.id)),
    tests: new Set(runsTests ? tests.map((test) => test.id) : []),
  };
}

const isEmpty = (node: ManifestNode): boolean => node.resource !== 'seed' && node.rawCode.trim() === '';

const builds = (verb: string, node: ManifestNode): boolean =>
  verb === 'build' ||
  (verb === 'run' && node.resource === 'model') ||
  (verb === 'seed' && node.resource === 'seed') ||
  (verb === 'snapshot' && node.resource === 'snapshot');
