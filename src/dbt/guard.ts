// A process of its own between lastgreen and dbt, and the leader of dbt's process group. Its stdin is a pipe that only
// lastgreen holds: the kernel closes it however lastgreen ends, kill -9 too.
import { spawn } from 'node:child_process';

const [grace = '', command = '', ...args] = process.argv.slice(2);
const dbt = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let stopping = false;

/** SIGINT lets dbt cancel its queries in the warehouse; what is still there after the grace dies, this guard with it. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  process.kill(-process.pid, 'SIGINT');
  setTimeout(() => process.kill(-process.pid, 'SIGKILL'), Number(grace));
}

// The group's own SIGINT reaches this process too.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', stop);
process.on('SIGHUP', stop);
// When lastgreen is dead there is nobody left to read; dbt is being stopped already.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
process.stdin.on('error', stop).on('close', stop).resume();

dbt.on('error', (error) => {
  process.stderr.write(`${error.message}\n`, () => process.exit(127));
});
dbt.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + (signal === 'SIGKILL' ? 9 : 2)));
