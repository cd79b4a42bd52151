import { execa } from 'execa';
import { fail } from '../domain/errors.ts';

/** What a hook or an alias that started lastgreen may have left: it would point every command below at its own index. */
const inherited = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_OBJECT_DIRECTORY',
  'GIT_COMMON_DIR',
];

export interface Answer {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs git in a folder; an exit status is an answer. No hooks run, nothing is asked on the terminal, and the user's index
 * is not locked. Throws USAGE when git is missing or does not trust the folder.
 */
export async function git(dir: string, args: readonly string[]): Promise<Answer> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.includes(name)));
  const result = await execa('git', ['-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false', ...args], {
    cwd: dir,
    env: { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  });
  if (result.code === 'ENOENT') fail('USAGE', { message: 'git was not found.', next: 'install git' });
  if (result.stderr.includes('dubious ownership')) {
    const message = `git does not trust ${dir}: another user owns it.`;
    fail('USAGE', { message, next: `git config --global --add safe.directory '${dir}'` });
  }
  return { exit: result.exitCode ?? 128, out: result.stdout, err: result.stderr };
}

/** What git printed, split at NUL. */
export const fields = (answer: Answer): readonly string[] => answer.out.split('\0').filter((field) => field !== '');
