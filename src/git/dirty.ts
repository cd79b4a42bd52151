import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, fields, git } from './command.ts';
import { projectPaths } from './project.ts';

/** What dbt reads in the folders that it was told of. */
const dbtReads = /\.(sql|py|ya?ml|csv|md|txt)$/;
/** Results, and other people's code; a project may have its models in its own folder. */
const passed = /(^|\/)(\.lastgreen|\.git|target|logs|dbt_packages|dbt_modules|node_modules|\.?venv)\//;

/**
 * What dbt would build and the commit does not hold: tracked files that differ, untracked ones that dbt reads. Ignored
 * files count too, because dbt does not know .gitignore. Relative to the project.
 */
export async function dirtyFiles(dir: string): Promise<readonly string[]> {
  const [differing, others] = await Promise.all([
    git(dir, ['diff', 'HEAD', '--name-only', '--no-renames', '--relative', '-z', '--', '.']),
    untrackedFiles(dir),
  ]);
  const changed = fields(differing);
  const untracked = others === null ? [] : fields(others);
  const added = untracked.filter((path) => dbtReads.test(path) && !passed.test(`${path}`));
  return [...new Set([...changed, ...added])].toSorted();
}

/** null: there is no folder that dbt reads. */
async function untrackedFiles(dir: string): Promise<Answer | null> {
  const { read } = await projectPaths(dir);
  const present = read.filter((path) => existsSync(join(dir, path)));
  return present.length === 0 ? null : git(dir, ['ls-files', '--others', '-z', '--', ...present]);
}
