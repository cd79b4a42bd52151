import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, getCACertificates } from 'node:tls';
import { WarehouseError } from '../port.ts';
import type { Settings } from './settings.ts';

/** One way to talk to the server; false: without encryption. */
export type Way = ConnectionOptions | false;

/**
 * The ways to try, in order, exactly as libpq means `sslmode` (Postgres documentation, "SSL Support" of libpq): a root
 * certificate that is there is always checked against, so `require` beside one is `verify-ca`; a unix socket is never
 * encrypted. Throws WarehouseError when a file that is needed cannot be read.
 */
export async function waysTo({ host, ssl }: Settings): Promise<readonly [Way, ...Way[]]> {
  if (ssl.mode === 'disable' || host.startsWith('/')) return [false];
  const encrypted: Way = { ...(await trust(ssl)), ...(await own(ssl)) };
  if (ssl.mode === 'allow') return [false, encrypted];
  return ssl.mode === 'prefer' ? [encrypted, false] : [encrypted];
}

async function trust({ mode, root }: Settings['ssl']): Promise<ConnectionOptions> {
  if (root === 'system') {
    if (mode !== 'verify-full')
      throw unusable(`sslmode ${mode} with sslrootcert system checks nothing: use verify-full`);
    return { ca: getCACertificates('system') };
  }
  const ca = await contentOf(root);
  if (ca === null && mode.startsWith('verify'))
    throw unusable(`sslmode ${mode} needs a root certificate, and there is no ${root}`);
  if (ca === null) return { rejectUnauthorized: false };
  return mode === 'verify-full' ? { ca } : { ca, checkServerIdentity: () => undefined };
}

/** This client's certificate, where there is one. */
async function own({ cert, key }: Settings['ssl']): Promise<ConnectionOptions> {
  const mine = await contentOf(cert);
  if (mine === null) return {};
  const secret = await contentOf(key);
  if (secret === null) throw unusable(`there is the certificate ${cert}, but not its key ${key}`);
  return { cert: mine, key: secret };
}

async function contentOf(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unusable(`${path} cannot be read (${String(code)})`, error);
  }
}

const unusable = (message: string, cause?: unknown): WarehouseError =>
  new WarehouseError('denied', message, {}, cause === undefined ? {} : { cause });
