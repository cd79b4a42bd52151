import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, SetupError, step } from './child.mjs';
import { currentNode, toolEnv } from './node.mjs';
import { at, tools } from './places.mjs';
import { filesUnder, readStamp, stamped, stampOf } from './stamp.mjs';

const file = join(tools, 'dist.stamp');
const stamp = () =>
  stampOf(['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/setup/bundle.mjs', ...filesUnder('src')]);

const compile = async () => {
  const fresh = at('dist.new');
  rmSync(fresh, { recursive: true, force: true });
  const node = currentNode() ?? process.execPath;
  const { code, output } = await capture(node, [at('scripts', 'setup', 'bundle.mjs'), fresh], {
    cwd: at(),
    env: toolEnv(node),
  });
  if (code !== 0) throw new SetupError(`The sources do not compile:\n${output.trim()}`);
  rmSync(at('dist'), { recursive: true, force: true });
  renameSync(fresh, at('dist'));
};

/** The program that bin/lastgreen.js starts. */
export const dist = {
  current: () => existsSync(at('dist')) && readStamp(file) === stamp(),
  bring: () => step('built dist', () => stamped(file, stamp(), compile)),
};
