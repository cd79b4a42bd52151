// Starts a server and says where it is, then waits to be killed.
import { dirname } from 'node:path';
import { startPostgres } from '../../warehouses/postgres/server.ts';

const [folder = ''] = process.argv.slice(2);
const { pid, socket } = await startPostgres({ folder });
process.stdout.write(`${JSON.stringify({ pid, home: dirname(socket) })}\n`);
