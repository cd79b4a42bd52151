import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { extract, replace } from 'tar';
import { fail } from '../domain/errors.ts';
import { git } from './command.ts';
import { projectPaths } from './project.ts';

const isSecret = (path: string): boolean => /^(profiles\.ya?ml|\.env(\..*)?)$/.test(basename(path));
const withoutSecrets = ['profiles.yml', 'profiles.yaml', '.env', '.env.*'].map((name) => `:(exclude,glob)**/${name}`);

/** gzip tar of a commit's project and the packages installed beside it. `dir`: the project; `work`: a private folder. */
export async function makeArchive(dir: string, sha: string, work: string): Promise<Uint8Array> {
  const file = join(work, 'source.tar');
  const made = await git(dir, ['archive', '--format=tar', '-o', file, sha, '--', '.', ...withoutSecrets]);
  if (made.exit !== 0) fail('COMMIT_UNKNOWN', { sha }, { cause: new Error(made.err) });
  const { packages } = await projectPaths(dir);
  for (const path of [packages, 'package-lock.yml']) {
    if (!existsSync(join(dir, path)) || (await git(dir, ['cat-file', '-e', `${sha}:./${path}`])).exit === 0) continue;
    // A worktree's packages are a link to the user's.
    await replace({ file, cwd: dir, portable: true, follow: true, filter: (entry) => !isSecret(entry) }, [path]);
  }
  return new Uint8Array(await promisify(gzip)(await readFile(file)));
}

/** Writes the files of an archive into a folder. Paths that would leave it are passed over (tar's own rule). */
export async function openArchive(archive: Uint8Array, dir: string): Promise<void> {
  const stream = extract({ cwd: dir, strict: true });
  const done = new Promise<void>((resolve, reject) => {
    stream.on('close', resolve);
    stream.on('error', reject);
  });
  stream.end(Buffer.from(archive));
  await done;
}
