import { startBigquery } from '../../warehouses/bigquery/server.ts';

// Starts a server, says so, and is killed by the test.
const { pid, url } = await startBigquery();
process.stdout.write(`${JSON.stringify({ pid, url })}\n`);
