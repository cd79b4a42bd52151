import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const paths = z.array(z.string()).optional().catch(undefined);
const settings = z.object({
  'model-paths': paths,
  'seed-paths': paths,
  'snapshot-paths': paths,
  'test-paths': paths,
  'macro-paths': paths,
  'analysis-paths': paths,
  'function-paths': paths,
  'docs-paths': paths,
  'packages-install-path': z.string().optional().catch(undefined),
});

/** Where a dbt project keeps what dbt reads, relative to it. */
export interface ProjectPaths {
  readonly read: readonly string[];
  readonly packages: string;
}

/** From dbt_project.yml, with dbt's defaults; a file that cannot be read is dbt's to complain about. */
export async function projectPaths(dir: string): Promise<ProjectPaths> {
  const found = settings.safeParse(await yaml(join(dir, 'dbt_project.yml'))).data ?? {};
  const folder = (name: keyof typeof found & `${string}-paths`, usual: string) => found[name] ?? [usual];
  return {
    read: [
      ...folder('model-paths', 'models'),
      ...folder('seed-paths', 'seeds'),
      ...folder('snapshot-paths', 'snapshots'),
      ...folder('test-paths', 'tests'),
      ...folder('macro-paths', 'macros'),
      ...folder('analysis-paths', 'analyses'),
      ...folder('function-paths', 'functions'),
      ...folder('docs-paths', 'docs'),
      'dbt_project.yml',
      'packages.yml',
      'dependencies.yml',
      'package-lock.yml',
      'selectors.yml',
      'vars.yml',
    ],
    packages: found['packages-install-path'] ?? 'dbt_packages',
  };
}

async function yaml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'), { merge: true });
  } catch {
    return null;
  }
}
