import { readdir, readFile, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import type { NodeResult } from './port.ts';

/**
 * Gives results of microbatch models their query: run_results.json has none, because dbt compiles each batch by itself, to a
 * file of its own (`compiled/shop/models/orders/orders_2026-01-01.sql`). Batches differ in their times alone, so any of this
 * run will do; `since`, ms since 1970, tells them from those of earlier runs.
 */
export const withBatchQueries = (
  results: readonly NodeResult[],
  from: { readonly targetPath: string; readonly manifest: Manifest; readonly since: number },
): Promise<readonly NodeResult[]> =>
  Promise.all(
    results.map(async (result) => {
      const node = from.manifest.nodes.get(result.id);
      if (result.compiled !== undefined || node?.config['incremental_strategy'] !== 'microbatch') return result;
      const compiled = await newestBatch(from.targetPath, node, from.since);
      return compiled === null ? result : { ...result, compiled };
    }),
  );

async function newestBatch(targetPath: string, node: ManifestNode, since: number): Promise<string | null> {
  const { dir, name } = parse(node.path);
  const folder = join(targetPath, 'compiled', node.package, dir, name);
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (file) => ({ file: join(folder, file), at: (await stat(join(folder, file))).mtimeMs })),
  );
  const newest = files.filter(({ at }) => at >= since).toSorted((a, b) => b.at - a.at)[0];
  return newest ? readFile(newest.file, 'utf8') : null;
}
