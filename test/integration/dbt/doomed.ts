// A lastgreen that is killed while dbt builds. Arguments: folder of the sides, project, node.
import { createDbt } from '../../../src/dbt/adapter.ts';
import { nodeId } from '../../../src/domain/ids.ts';
import { tinyOptions } from './tiny.ts';

const [root = '', dir = '', node = ''] = process.argv.slice(2);
const dbt = createDbt(await tinyOptions(root));
const signal = new AbortController().signal;
const manifest = await dbt.parse({ dir }, 'idle', signal);
await dbt.build({ dir }, 'idle', {
  select: [nodeId(node)],
  defer: new Map(),
  manifest,
  vars: {},
  threads: 1,
  timeoutMs: 120_000,
  signal,
  on: () => process.stdout.write('building\n'),
});
