import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import { createGit } from '../../src/git/adapter.ts';
import type { Git } from '../../src/git/port.ts';

let root: string;
let repository: string;
let project: string;
let git: Git;

const run = async (dir: string, ...args: string[]): Promise<string> =>
  (await execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], { cwd: dir })).stdout;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), text);
}

async function commit(subject: string): Promise<string> {
  await run(repository, 'add', '-A');
  await run(repository, 'commit', '-q', '-m', subject);
  return run(repository, 'rev-parse', 'HEAD');
}

const at = (dir: string): Git => createGit({ dir, scratch: join(root, 'scratch') });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lastgreen git '));
  repository = join(root, 'a repository');
  project = join(repository, 'ware house', 'dbt');
  await mkdir(project, { recursive: true });
  await mkdir(join(root, 'scratch'));
  await run(repository, 'init', '-q', '-b', 'main');
  await write('dbt_project.yml', "name: p\nmodel-paths: ['models', 'more models']\n");
  await write('.gitignore', '/target/\n/dbt_packages/\n/models/ignored.sql\n');
  await write('models/orders.sql', 'select 1');
  git = at(project);
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe('what the user has checked out', () => {
  test('is the commit with its subject, also on a detached head', async () => {
    const first = await commit('First orders');
    await write('models/orders.sql', 'select 2');
    await commit('Second');
    await run(repository, 'checkout', '-q', first);
    await using head = await git.head();
    expect(head).toMatchObject({ sha: first, subject: 'First orders', dirty: [] });
    expect(await readFile(join(head.dir, 'models/orders.sql'), 'utf8')).toBe('select 1');
  });

  test('is dirty by what dbt would build and the commit does not hold, and by nothing else', async () => {
    await commit('First');
    await writeFile(join(repository, 'notes.sql'), 'outside of the project');
    await write('target/manifest.json', '{}');
    await write('dbt_packages/a/models/a.sql', 'select 1');
    await write('models/readme.png', '');
    expect((await git.head()).dirty).toEqual([]);
    await write('models/orders.sql', 'select 3');
    await write('more models/naïve "names".sql', 'select 4');
    await write('models/ignored.sql', 'select 5');
    expect((await git.head()).dirty).toEqual([
      'models/ignored.sql',
      'models/orders.sql',
      'more models/naïve "names".sql',
    ]);
  });

  test('is dirty by what is staged and by what is deleted', async () => {
    await write('models/gone.sql', 'select 1');
    await commit('First');
    await rm(join(project, 'models/gone.sql'));
    await write('models/staged.sql', 'select 1');
    await run(repository, 'add', 'ware house/dbt/models/staged.sql');
    expect((await git.head()).dirty).toEqual(['models/gone.sql', 'models/staged.sql']);
  });

  test('has to be a commit: no repository, or one without commits, is said so', async () => {
    const bare = join(root, 'plain');
    await mkdir(bare);
    await expect(at(bare).head()).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY', exit: 2 });
    await expect(git.head()).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });
});

describe('a worktree', () => {
  test('holds an earlier commit beside the untouched one of the user, and leaves nothing behind', async () => {
    const first = await commit('First');
    await write('models/orders.sql', 'select 2');
    await commit('Second');
    await write('models/orders.sql', 'not committed');
    {
      await using tree = await git.worktree(sha(first));
      expect(tree).toMatchObject({ sha: first, subject: 'First', dirty: [] });
      expect(await readFile(join(tree.dir, 'models/orders.sql'), 'utf8')).toBe('select 1');
    }
    expect(await readFile(join(project, 'models/orders.sql'), 'utf8')).toBe('not committed');
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
    expect((await run(repository, 'worktree', 'list')).split('\n')).toHaveLength(1);
  });

  test('of a killed command is forgotten by git with the next one', async () => {
    const first = await commit('First');
    await git.worktree(sha(first));
    await rm(join(root, 'scratch'), { recursive: true });
    await mkdir(join(root, 'scratch'));
    await using tree = await git.worktree(sha(first));
    expect((await run(repository, 'worktree', 'list')).split('\n')).toHaveLength(2);
    expect(tree.sha).toBe(first);
  });

  test('uses the installed packages where the lock is the same, and not where it differs', async () => {
    await write('package-lock.yml', 'one');
    const first = await commit('First');
    await write('package-lock.yml', 'two');
    const second = await commit('Second');
    await write('dbt_packages/a/macros/a.sql', 'A');
    await using same = await git.worktree(sha(second));
    expect(await readFile(join(same.dir, 'dbt_packages/a/macros/a.sql'), 'utf8')).toBe('A');
    await using other = await git.worktree(sha(first));
    expect(existsSync(join(other.dir, 'dbt_packages'))).toBe(false);
  });

  test('of a commit that is nowhere is refused, and a shallow clone is named as the cause', async () => {
    const first = await commit('First');
    await write('models/b.sql', 'select 1');
    await commit('Second');
    const missing = sha('0123456789012345678901234567890123456789');
    await expect(git.worktree(missing)).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    await run(root, 'clone', '-q', '--depth', '1', `file://${repository}`, 'shallow');
    const shallow = at(join(root, 'shallow', 'ware house', 'dbt'));
    expect((await shallow.head()).subject).toBe('Second');
    await expect(shallow.worktree(sha(first))).rejects.toMatchObject({
      code: 'SHALLOW_CLONE',
      next: 'git fetch --unshallow',
    });
    await expect(at(root).worktree(missing)).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  });
});

describe('descent', () => {
  test('is told between commits of one line, and denied across branches', async () => {
    const first = sha(await commit('First'));
    await write('models/b.sql', 'select 1');
    const second = sha(await commit('Second'));
    await run(repository, 'checkout', '-q', '-b', 'other', first);
    await write('models/c.sql', 'select 1');
    const third = sha(await commit('Third'));
    expect(await git.descends(second, first)).toBe(true);
    expect(await git.descends(first, first)).toBe(true);
    expect(await git.descends(first, second)).toBe(false);
    expect(await git.descends(third, second)).toBe(false);
  });

  test('is not guessed where a shallow clone has lost the way', async () => {
    const first = sha(await commit('First'));
    await write('models/b.sql', 'select 1');
    const second = sha(await commit('Second'));
    await run(root, 'clone', '-q', '--depth', '1', `file://${repository}`, 'shallow');
    const shallow = at(join(root, 'shallow', 'ware house', 'dbt'));
    await expect(shallow.descends(second, first)).rejects.toMatchObject({ code: 'SHALLOW_CLONE' });
    await run(join(root, 'shallow'), 'fetch', '-q', '--depth', '1', 'origin', first);
    await expect(shallow.descends(second, first)).rejects.toMatchObject({ code: 'SHALLOW_CLONE' });
  });
});

describe('a source archive', () => {
  test('gives back the commit with its packages and without secrets, where there is no repository any more', async () => {
    await write('profiles.yml', 'password: hunter22');
    await write('.env', 'PASSWORD=hunter22');
    await write('models/.env.local', 'PASSWORD=hunter22');
    const first = await commit('First');
    await write('models/orders.sql', 'not committed');
    await write('dbt_packages/a/macros/a.sql', 'A');
    await write('dbt_packages/a/integration_tests/profiles.yml', 'password: hunter22');
    const archive = await git.archive(await git.head());
    await rm(repository, { recursive: true });
    const elsewhere = createGit({ dir: root, scratch: join(root, 'scratch') });
    await using back = await elsewhere.unpack(archive, sha(first), 'First');
    const files = (await readdir(back.dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.map((file) => file.name).toSorted()).toEqual(['.gitignore', 'a.sql', 'dbt_project.yml', 'orders.sql']);
    expect(await readFile(join(back.dir, 'models/orders.sql'), 'utf8')).toBe('select 1');
    expect(back).toMatchObject({ sha: first, subject: 'First', dirty: [] });
    expect(await elsewhere.archive(back)).toEqual(archive);
  });

  test('of a worktree holds the packages that the worktree borrowed', async () => {
    await write('package-lock.yml', 'one');
    const first = await commit('First');
    await write('dbt_packages/a/macros/a.sql', 'A');
    await using tree = await git.worktree(sha(first));
    await using back = await git.unpack(await git.archive(tree), sha(first), 'First');
    expect(await readFile(join(back.dir, 'dbt_packages/a/macros/a.sql'), 'utf8')).toBe('A');
  });

  test('that is damaged is refused and leaves no folder', async () => {
    const first = await commit('First');
    const archive = await git.archive(await git.head());
    await expect(git.unpack(archive.slice(0, 50), sha(first), 'First')).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
    });
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
  });
});
