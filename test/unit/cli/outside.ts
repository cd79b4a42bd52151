import { PassThrough } from 'node:stream';
import { main } from '../../../src/cli/main.ts';

/** Runs a command line in a folder, without a terminal, and returns what a user would see. */
export async function lastgreen(argv: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => void (written[name] += text),
    isTTY: false,
    columns: 100,
  });
  const exit = await main(argv, {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: new PassThrough(),
    env,
    cwd,
    signal: new AbortController().signal,
  });
  return { exit, ...written };
}
