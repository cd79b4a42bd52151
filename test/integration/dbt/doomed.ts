// A lastgreen that is killed while dbt builds. Arguments: folder of the sides, project, node.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDbt } from '../../../src/dbt/adapter.ts';
import { nodeId } from '../../../src/domain/ids.ts';
import { tinyOptions } from './tiny.ts';

const [root = '', dir = '', node = ''] = process.argv.slice(2);
const dbt = createDbt(await tinyOptions(root));
const signal = new AbortController().signal;
const raw = await readFile(join(root, 'idle', 'target', 'manifest.json'));
await dbt.build({ dir }, 'idle', {
  select: [nodeId(node)],
  defer: new Map(),
  manifest: { raw, manifest: dbt.read(raw) },
  vars: {},
  threads: 1,
  timeoutMs: 120_000,
  signal,
  on: () => process.stdout.write('building\n'),
});
