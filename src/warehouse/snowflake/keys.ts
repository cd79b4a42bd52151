import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { WarehouseError } from '../port.ts';
import type { Login } from './authenticator.ts';

type Key = Extract<Login, { by: 'key' }>;

/**
 * The private key as the SDK takes it: PEM, PKCS #8, not encrypted. Throws WarehouseError, which never tells the key or
 * its passphrase.
 */
export async function privateKeyOf(key: Key): Promise<string> {
  const where = 'path' in key.from ? key.from.path : 'private_key of the target';
  const material = 'path' in key.from ? await contentOf(key.from.path) : key.from.text;
  const der = !material.trimStart().startsWith('-');
  try {
    return createPrivateKey({
      // DER has no text: as dbt-snowflake, whatever does not begin like PEM is base64.
      key: der ? Buffer.from(material, 'base64') : material.trimStart(),
      ...(der ? { format: 'der', type: 'pkcs8' } : { format: 'pem' }),
      ...(key.passphrase === null ? {} : { passphrase: key.passphrase }),
    })
      .export({ format: 'pem', type: 'pkcs8' })
      .toString();
  } catch (error) {
    throw unusable(
      key.passphrase === null && locked.test(codeOf(error))
        ? `${where} is encrypted, and the target has no private_key_passphrase`
        : `${where} is no private key that can be read${key.passphrase === null ? '' : ' with this passphrase'}`,
    );
  }
}

/** What Node and OpenSSL say of a key that they want a passphrase for. */
const locked = /^ERR_(MISSING_PASSPHRASE|OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED)$/;

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(`${path} cannot be read (${codeOf(error)})`);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const unusable = (message: string): WarehouseError => new WarehouseError('denied', message);
