import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Lanes without servers and processes: their files share a process, because starting one takes longer than most of them. */
const quick = new Set(['unit', 'model']);

/** A lane is a folder of tests with its own patience: what talks to real engines and to dbt takes longer. */
const lane = (name: string, seconds: number, globalSetup: string[] = []) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    globalSetup,
    isolate: !quick.has(name),
  },
});

/** What takes longest begins first: one that came last would be waited for alone. Before all, what is quick. */
const long = [
  'story/snowflake',
  'story/postgres',
  'contract/snowflake',
  'postgres-crashes',
  'story/bigquery',
  'bigquery-history',
  'story/duckdb',
  'kill-promote',
  'kill-rollback',
  'snowflake-faults',
  'bigquery-faults',
  'bigquery-production',
  'dbt',
  'duckdb-crashes',
  'kill-build',
  'contract/bigquery',
  'bigquery-server/dbt',
  'contract/postgres',
  'bad-input',
  'disk-full',
  'postgres-production',
  'changes',
  'snowflake-time-travel',
  'bigquery-time-travel',
  'bigquery-foreign',
  'stale-holder',
  'snowflake-readers',
  'postgres-readers',
  'contract/duckdb',
  'concurrency',
  'names',
  'secrets',
  'interrupt',
  'snowflake/protection',
  'duckdb-readers',
  'duckdb-adopt',
  'postgres-scheduled',
  'story-reader',
  'snowflake-stale',
  'bigquery-cutover',
  'bigquery/fill',
  'bigquery-stale',
  'bigquery-readers',
];
const rank = ({ moduleId, project }: TestSpecification): number => {
  const at = long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  if (quick.has(project.name)) return -1;
  return at === -1 ? long.length : at;
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    passWithNoTests: false,
    projects: [
      lane('unit', 10),
      lane('model', 60),
      lane('contract', 60),
      lane('integration', 60),
      lane('e2e', 180, ['test/dbt/warm.ts']),
      // On an account of somebody's, told by test/conformance/main.ts; without one there is nothing to run.
      ...(process.env['LASTGREEN_CONFORMANCE'] === undefined ? [] : [lane('conformance', 1200)]),
    ],
  },
});
