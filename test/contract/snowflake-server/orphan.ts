import { startSnowflake } from '../../warehouses/snowflake/server.ts';

// Starts a server, says so, and is killed by the test.
const { pid, url } = await startSnowflake();
process.stdout.write(`${JSON.stringify({ pid, url })}\n`);
