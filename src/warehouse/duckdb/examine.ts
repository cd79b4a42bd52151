import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import bytes from 'bytes';
import type { Lack } from '../../domain/lack.ts';
import { quoted } from '../../domain/shell.ts';
import type { Context } from './context.ts';
import { exists, ifThere } from './files.ts';

/** From this size on, somebody may mind that a build copies all of it, bytes. */
const LARGE = 2 ** 30;

/** Every build copies the live file, beside it. */
export async function examine(ctx: Context): Promise<readonly Lack[]> {
  const { files, layout } = ctx;
  const { folder, file } = layout;
  if (!(await exists(files, folder)))
    return [
      {
        severity: 'bad',
        what: `there is no folder ${folder}, where ${file} is to lie`,
        next: `mkdir -p ${quoted(folder)}`,
      },
    ];
  if (!(await mayWrite(ctx)))
    return [
      {
        severity: 'bad',
        what: `this user may not write to ${folder}, where releases are built beside ${file}`,
        next: `chmod u+rwx ${quoted(folder)}`,
      },
    ];
  const size = (await ifThere(files.stat(layout.live.location)))?.size ?? 0;
  if (size === 0 || (await hasReflinks(ctx))) return [];
  const { bavail, bsize } = await files.statfs(folder);
  const free = bavail * bsize;
  if (free < size)
    return [
      {
        severity: 'bad',
        what: `a build copies ${file}, ${inBytes(size)}, and ${folder} has ${inBytes(free)} free`,
        next: 'free space there; lastgreen prune takes away what no rollback needs any more',
      },
    ];
  if (size < LARGE) return [];
  return [
    {
      severity: 'warn',
      what: `a build copies all of ${file}, ${inBytes(size)}: this file system shares nothing between copies`,
      next: 'put it on XFS, Btrfs or APFS, where a copy takes no time and no space, or let it be',
    },
  ];
}

const mayWrite = ({ files, layout }: Context): Promise<boolean> =>
  files.access(layout.folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

/** Only trying tells: a file of one byte, which is taken away again. */
async function hasReflinks({ files, layout }: Context): Promise<boolean> {
  const one = join(layout.folder, `.lastgreen-${randomUUID()}`);
  try {
    await files.writeFile(one, '.');
    return await files.copyFile(one, `${one}.copy`, constants.COPYFILE_FICLONE_FORCE).then(
      () => true,
      () => false,
    );
  } finally {
    await files.rm(one, { force: true });
    await files.rm(`${one}.copy`, { force: true });
  }
}

const inBytes = (n: number): string => bytes.format(n, { unitSeparator: ' ' }) ?? '';
