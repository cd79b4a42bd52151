import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DbtOptions, DbtSide } from '../../../src/dbt/adapter.ts';

/** dbt for the project `tiny`, with both sides as files below a folder. */
export async function tinyOptions(root: string): Promise<DbtOptions> {
  const side = async (name: string): Promise<DbtSide> => {
    const path = join(root, name, 'tiny.duckdb');
    const profile = { tiny: { target: 'prod', outputs: { prod: { type: 'duckdb', path, threads: 2 } } } };
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, 'profiles.yml'), JSON.stringify(profile));
    return {
      profilesDir: join(root, name),
      targetPath: join(root, name, 'target'),
      env: {},
      placing: (relation) => ({ ...relation, location: path }),
    };
  };
  await mkdir(join(root, 'scratch'), { recursive: true });
  return {
    executable: fileURLToPath(new URL('../../../.tools/dbt/bin/dbt', import.meta.url)),
    adapter: 'duckdb',
    target: 'prod',
    home: join(root, 'the project'),
    folds: null,
    sides: { live: await side('live'), idle: await side('idle') },
    scratch: join(root, 'scratch'),
    vars: {},
    secrets: [],
    graceMs: 4_000,
  };
}
