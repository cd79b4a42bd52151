import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Audience, Untrue } from './audience.ts';
import type { Act, Chapter } from './chapters.ts';
import { type Ended, lastgreen } from './command.ts';
import { type EngineName, engines } from './engines.ts';
import { type Reader, type ReaderReport, startReader } from './reader.ts';
import { makeRepository, type Repository } from './repository.ts';
import { seconds, wrapped } from './words.ts';

export interface StageOptions {
  readonly engine: EngineName;
  /** Gets the story as it happens. */
  readonly print: (text: string) => void;
  /** Ends the story early: the command that runs is interrupted. */
  readonly signal?: AbortSignal;
  /** Leave the folder, to look around in it. */
  readonly keep?: boolean;
}

/** Where the story is played: a repository of its own, and a reader who reads all the time. */
export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly repository: Repository;
  readonly reader: Reader;
  /** Plays a chapter; what its commands printed, in order. Throws Untrue when something is not as it is told. */
  play(chapter: Chapter): Promise<readonly Ended[]>;
  /** The rows of one statement, as a reader gets them. */
  ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Runs a command of lastgreen that is no part of the story, and prints nothing. */
  run(...args: readonly string[]): Promise<Ended>;
}

/** Sets the stage in a new folder. Disposing stops the reader and removes the folder. */
export async function openStage({ engine, print, signal, keep = false }: StageOptions): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lastgreen-story-')));
  await using opened = new AsyncDisposableStack();
  if (!keep) opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const server = (await engines[engine].server?.(folder)) ?? null;
  opened.use(server);
  const repository = await makeRepository(join(folder, 'shop'), engine, server);
  const reader = opened.use(await startReader(engine, repository.live, server?.readerEnv));
  const audience = new Audience(reader);

  const shell = { cwd: repository.dir, env: server?.env ?? {}, ...(signal ? { signal } : {}) };
  const act = async (what: Act): Promise<Ended | null> => {
    signal?.throwIfAborted();
    if (what.do !== 'lastgreen') {
      await commit(repository, what, print);
      return null;
    }
    print(`\n$ lastgreen ${what.args.map(quoted).join(' ')}\n`);
    const ended = await lastgreen(what.args, { ...shell, print });
    signal?.throwIfAborted();
    const status = ended.exit === 0 ? '' : `exit status ${ended.exit ?? ended.signal}, `;
    print(`(${status}${seconds(ended.ms)})\n`);
    if (ended.exit !== what.exit) {
      throw new Untrue(`"lastgreen ${what.args.join(' ')}" should have ended with exit status ${what.exit}.`);
    }
    await audience.expect(what.sees);
    return ended;
  };

  const resources = opened.move();
  let played = 0;
  return {
    folder,
    repository,
    reader,
    async ask(sql) {
      const connection = await (await engines[engine].source(repository.live, server?.readerEnv ?? {})).open();
      try {
        return await connection.ask(sql);
      } finally {
        await connection.close();
      }
    },
    run: (...args) => lastgreen(args, shell),
    async play({ title, tells, acts }) {
      played += 1;
      print(`\n── ${played}. ${title} ${'─'.repeat(Math.max(0, 94 - title.length))}\n\n${wrapped(tells)}\n`);
      const ended: Ended[] = [];
      for (const what of acts) ended.push(...[await act(what)].filter((one) => one !== null));
      print(`\n${readersSay(await audience.expect(undefined), audience.now)}\n`);
      return ended;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function commit(
  repository: Repository,
  what: Exclude<Act, { do: 'lastgreen' }>,
  print: StageOptions['print'],
): Promise<void> {
  print(what.do === 'commit' ? `\n$ git am ${what.commit}.patch\n` : '\n$ git revert --no-edit HEAD\n');
  await (what.do === 'commit' ? repository.take(what.commit) : repository.revert());
  print(`$ git show --oneline --stat\n${await repository.git('show', '--oneline', '--stat')}\n`);
}

const quoted = (arg: string): string => (/^[\w=./:-]+$/.test(arg) ? arg : `'${arg}'`);

const readersSay = ({ queries, errors, mixed }: ReaderReport, now: string | null): string =>
  `Readers so far: ${queries.toLocaleString('en')} queries, ${errors} errors, ${mixed} mixed results. They have: ${now ?? 'nothing'}.`;
