import { ioOf } from './cli/io.ts';
import { main } from './cli/main.ts';

/** Runs the command line of a process and sets its exit status. */
export async function run(process: NodeJS.Process): Promise<void> {
  const io = ioOf(process);
  try {
    process.exitCode = await main(process.argv.slice(2), io);
  } finally {
    io[Symbol.dispose]();
  }
}
