import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, vi } from 'vitest';
import { type Failure, failureRendering } from '../../../src/cli/render/failure.ts';
import { history } from '../../../src/cli/render/history.ts';
import { type Ended, type } from '../frozen/commands.ts';
import type { Shop } from '../frozen/environment.ts';
import { type Stage, type State, secrets } from './states.ts';

/** Something that somebody types although it cannot go well. */
export interface Bad {
  readonly what: string;
  /** `settled` when left out: one release is live and green, nothing waits. */
  readonly in?: State;
  readonly spoil?: (shop: Shop, stage: Stage) => Promise<unknown>;
  readonly env?: Readonly<Record<string, string>>;
  /** `{newer}`: the release of the stage; `{newest}`: the newest one. */
  readonly types: readonly string[];
  /** dbt is started for it, which takes its time: it is typed for a program only. */
  readonly startsDbt?: true;
  readonly exit: number;
  readonly code: string;
  /** In the sentence that a person reads. */
  readonly says: string | RegExp;
  readonly next: RegExp;
  /** Paths in the shop; when left out, not a byte of store and warehouse may change. */
  readonly mayChange?: RegExp;
}

/** Only the number that a command has taken: who may start, and who may change. */
export const numbering =
  /^(\.lastgreen\/((\.revisions\/)?prod\/head\.json|\.tmp)|warehouse\/\.shop\.lastgreen(\/(fence|spent|claims).*)?$)/;

/** Types it for a person and for a program, and looks that both are told the same and that nothing is lost. */
export async function goesWrong(stage: Stage, bad: Bad): Promise<void> {
  const { shop } = stage;
  stage.put(bad.in ?? 'settled');
  for (const [name, value] of Object.entries(bad.env ?? {})) vi.stubEnv(name, value);
  try {
    await bad.spoil?.(shop, stage);
    const before = await contents(shop, bad.mayChange);
    const argv = await Promise.all(bad.types.map((word) => named(stage, word)));
    const told = await type(shop, ...argv, '--json');
    const failure = documentOf(bad, told);
    if (!bad.startsDbt) saysTheSame(failure, await type(shop, ...argv));
    expect(await contents(shop, bad.mayChange), 'what is there afterwards').toEqual(before);
  } finally {
    vi.unstubAllEnvs();
  }
}

async function named({ shop, newer }: Stage, word: string): Promise<string> {
  if (word === '{newer}') return newer;
  if (word !== '{newest}') return word;
  return history.parse(JSON.parse((await type(shop, 'history', '--json')).out)).entries[0]?.id ?? '';
}

function documentOf(bad: Bad, told: Ended): Failure {
  const failure = failureRendering.schema.safeParse(JSON.parse(told.out)).data;
  if (!failure) throw new Error(`no failure document: ${told.out}${told.err}`);
  const { code, message, next } = failure.error;
  expect({ code, exit: failure.exit, ended: told.exit }, message).toEqual({
    code: bad.code,
    exit: bad.exit,
    ended: bad.exit,
  });
  expect(message).toMatch(bad.says);
  expect(next).toMatch(bad.next);
  expect(next, 'exactly one thing to do').not.toMatch(/\bor\b|\n/);
  refuseSecrets(told);
  return failure;
}

/** A program reads exact times, a person those of the clock on the wall. */
const onTheWall = (iso: string): string =>
  new Date(iso).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

/** Names of temporary files differ, and which of two processes at once is told of, and in which form times are. */
const steady = (line: string): string =>
  line
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, onTheWall)
    .replaceAll(/[A-Z][a-z]{2} \d+ (?=\d\d:\d\d)/g, '')
    .replaceAll(/\d+-[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f-]{27}|dbt (ls|parse)/g, '*');

function saysTheSame({ exit, error: { message, next } }: Failure, text: Ended): void {
  expect(text.exit).toBe(exit);
  expect(text.out).toBe('');
  const lines = text.err.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('Next:'))).toEqual([`Next: ${next}`]);
  expect(lines.at(-1)).toBe(`Next: ${next}`);
  const first = message.split('\n')[0] ?? '';
  expect(lines.map(steady)).toContain(steady(first));
  expect(text.err, 'a sentence, not a stack').not.toMatch(/^\s+at /m);
  refuseSecrets(text);
}

function refuseSecrets({ out, err }: Ended): void {
  for (const secret of Object.values(secrets)) expect(out + err).not.toContain(secret);
}

/** Everything in store and warehouse: files with the hash of their content, links with where they lead, folders. */
async function contents(shop: Shop, except: RegExp | undefined): Promise<readonly string[]> {
  const entries = await Promise.all(
    shop.folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])),
  );
  const found = entries.flat().map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const name = relative(shop.dir, path);
    if (except?.test(name)) return [];
    if (entry.isDirectory()) return [`${name}/`];
    return [`${name} ${entry.isSymbolicLink() ? await readlink(path) : await hashOf(path)}`];
  });
  return (await Promise.all(found)).flat().toSorted();
}

const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
