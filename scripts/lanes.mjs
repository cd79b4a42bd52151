/** @typedef {import('./setup.mjs').Part} Part */

/**
 * What must hold of the sources, whatever the tests say. Each is a program of node_modules.
 * @type {Record<string, readonly string[]>}
 */
export const checks = {
  format: ['biome', 'check', '--error-on-warnings', '.'],
  lint: ['oxlint', '--deny-warnings', '.'],
  directions: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src'],
  types: ['tsc', '--noEmit'],
  knip: ['knip'],
};

/**
 * The lanes of tests, quickest first; each is the folder of that name under test, and says what it needs of set-up.
 * @type {Record<string, readonly Part[]>}
 */
export const lanes = {
  unit: ['packages'],
  model: ['packages'],
  contract: ['packages', 'dbt', 'snowflake', 'bigquery', 'dist'],
  integration: ['packages', 'dbt', 'snowflake', 'bigquery', 'dist'],
  e2e: ['packages', 'dbt', 'snowflake', 'bigquery', 'dist'],
};

/**
 * Programs of this project; what is typed after `--` goes to them.
 * @type {Record<string, { needs: readonly Part[], command: readonly string[] }>}
 */
export const programs = {
  build: { needs: ['packages', 'dist'], command: [] },
  demo: { needs: ['packages', 'dbt', 'snowflake', 'bigquery', 'dist'], command: ['node', 'test/story/main.ts'] },
  bench: { needs: ['packages', 'dbt', 'bigquery', 'dist'], command: ['node', 'test/bench/main.ts'] },
  conformance: { needs: ['packages', 'dbt', 'dist'], command: ['node', 'test/conformance/main.ts'] },
  format: { needs: ['packages'], command: ['biome', 'check', '--write', '.'] },
  lint: { needs: ['packages'], command: checks['lint'] ?? [] },
  types: { needs: ['packages'], command: checks['types'] ?? [] },
  'lock:python': { needs: ['packages', 'dbt'], command: ['node', 'scripts/lock-python.mjs'] },
};
