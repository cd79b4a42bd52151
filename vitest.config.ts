import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A lane is a folder of tests with its own patience: what talks to real engines and to dbt takes longer. */
const lane = (name: string, seconds: number, globalSetup: string[] = []) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
    globalSetup,
  },
});

/** What takes longest begins first: one that came last would be waited for alone. */
const long = [
  'kill-rollback',
  'kill-promote',
  'kill-build',
  'disk-full',
  'dbt',
  'postgres-crashes',
  'duckdb-crashes',
  'bad-input',
  'contract/postgres',
  'contract/snowflake',
  'contract/duckdb',
  'story/postgres',
  'story/snowflake',
  'story/duckdb',
  'postgres-production',
  'changes',
  'concurrency',
  'names',
  'faults-names',
  'faults-schemas',
  'faults-file',
  'faults-atomic',
];
const rank = ({ moduleId }: TestSpecification): number => {
  const at = long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
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
