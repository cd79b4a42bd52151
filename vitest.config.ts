import { defineConfig } from 'vitest/config';

/** A lane is a folder of tests with its own patience: what talks to real engines and to dbt takes longer. */
const lane = (name: string, seconds: number) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: seconds * 1000,
    hookTimeout: seconds * 1000,
  },
});

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [lane('unit', 10), lane('model', 60), lane('contract', 60), lane('integration', 60), lane('e2e', 180)],
  },
});
