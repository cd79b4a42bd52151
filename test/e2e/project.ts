import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { z } from 'zod';
import { type Image, take } from '../integration/frozen/image.ts';
import { type Ended, lastgreen, type Running, startLastgreen } from '../story/command.ts';
import { duckdb } from '../story/readers/duckdb.ts';

type Files = Readonly<Record<string, string>>;

/** A dbt project that is released in seconds, under git, in a folder of its own. */
export interface Project extends AsyncDisposable {
  /** Holds the project and nothing else, apart from what commands leave behind. */
  readonly folder: string;
  /** dbt's project folder; commands are typed there. */
  readonly dir: string;
  /** What readers open. */
  readonly live: string;
  /** Writes files and commits everything that changed. */
  commit(subject: string, files: Files): Promise<void>;
  /** Goes to another commit, such as `HEAD~1`, or to the newest one, `main`. */
  checkout(commit: string): Promise<void>;
  /** Keeps what lastgreen and the warehouse have, to be put back while nobody is at work there. */
  keep(name: string): Image;
  /** dbt, or its guard, at work on this project. */
  readonly dbt: () => Promise<readonly string[]>;
  /** Deletes files, for the next commit. */
  remove(...paths: readonly string[]): Promise<void>;
  start(...args: readonly string[]): Running;
  lastgreen(...args: readonly string[]): Promise<Ended>;
  /** Runs a command that has to succeed; throws what it said otherwise. */
  succeed(...args: readonly string[]): Promise<Ended>;
  /** The document of a command. */
  document<T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T>;
  /** What a reader gets now. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const identity = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Mara Lind',
  GIT_AUTHOR_EMAIL: 'mara@shop.example',
  GIT_COMMITTER_NAME: 'Mara Lind',
  GIT_COMMITTER_EMAIL: 'mara@shop.example',
};

const basis: Files = {
  'dbt_project.yml': 'name: small\nversion: 1.0.0\nconfig-version: 2\nprofile: small\nmodels: {+materialized: table}\n',
  'profiles.yml':
    'small:\n  target: prod\n  outputs:\n    prod: {type: duckdb, path: warehouse/small.duckdb, schema: analytics, threads: 1}\n',
  'lastgreen.yml': 'version: 1\nenvironments: {prod: {target: prod}}\n',
  '.gitignore': 'warehouse/\ntarget/\nlogs/\n.lastgreen/\n.user.yml\n',
};

export interface ProjectOptions {
  /** Instead of, and beside, a project without models; given the folder that holds it all. */
  readonly files: Files | ((folder: string) => Files);
  readonly env?: Readonly<Record<string, string>>;
}

/** Writes the project and commits it. Disposing removes the folder. */
export async function makeProject({ files, env = {} }: ProjectOptions): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'lastgreen-project-')));
  const dir = join(folder, 'small');
  const live = join(dir, 'warehouse', 'small.duckdb');
  const git = (...args: readonly string[]) => execa('git', [...args], { cwd: dir, env: identity });
  const write = async (more: Files): Promise<void> => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
  };
  const commit = async (subject: string, more: Files): Promise<void> => {
    await write(more);
    await git('add', '--all');
    await git('commit', '--quiet', '--message', subject);
  };
  // Whatever a command leaves in the folder for temporary files is found here.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await mkdir(join(dir, 'warehouse'), { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  await commit('Begin', { ...basis, ...(typeof files === 'function' ? files(folder) : files) });

  const shell = { cwd: dir, env: { TMPDIR: temporary, ...env } };
  const started = new Set<Running>();
  const start = (...args: readonly string[]): Running => {
    const running = startLastgreen(args, shell);
    started.add(running);
    void running.ended.then(() => started.delete(running));
    return running;
  };
  return {
    folder,
    dir,
    live,
    commit,
    checkout: async (at) => void (await git('checkout', '--quiet', at)),
    keep: (name) => take([join(dir, '.lastgreen'), join(dir, 'warehouse')], join(folder, 'images', name)),
    async dbt() {
      const { stdout } = await execa('ps', ['-eo', 'pid,args']);
      return stdout.split('\n').filter((line) => line.includes(dir) && /\bdbt\b/.test(line));
    },
    remove: async (...paths) => void (await git('rm', '--quiet', ...paths)),
    start,
    lastgreen: (...args) => lastgreen(args, shell),
    async succeed(...args) {
      const ended = await lastgreen(args, shell);
      if (ended.exit !== 0) throw new Error(`${args.join(' ')} ended (${ended.exit}):\n${ended.stdout}${ended.stderr}`);
      return ended;
    },
    async document(schema, ...args) {
      const { stdout, stderr } = await lastgreen([...args, '--json'], shell);
      if (stdout === '') throw new Error(`no document of ${args.join(' ')}:\n${stderr}`);
      return schema.parse(JSON.parse(stdout));
    },
    async rows(sql) {
      const connection = await duckdb(live).open();
      try {
        return await connection.ask(sql);
      } finally {
        await connection.close();
      }
    },
    async [Symbol.asyncDispose]() {
      for (const running of started) running.kill('SIGKILL');
      await Promise.all([...started].map((running) => running.ended));
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
