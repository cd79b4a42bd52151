import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateKeyOf } from '../../../../src/warehouse/snowflake/keys.ts';

describe('a private key', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const plain = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const locked = { type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
  const pem = privateKey.export({ format: 'pem', ...locked }).toString();
  const der = (key: Buffer) => key.toString('base64');
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgreen-keys-'));
    await writeFile(join(folder, 'locked.p8'), pem);
    await writeFile(join(folder, 'none.p8'), 'open sesame');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const of = (from: { path: string } | { text: string }, passphrase: string | null = null) =>
    privateKeyOf({ by: 'key', from, passphrase });

  it('is read from PEM and from DER in base64, locked or not', async () => {
    expect(await of({ text: plain })).toBe(plain);
    expect(await of({ text: `\n${plain}` })).toBe(plain);
    expect(await of({ text: pem }, 'open sesame')).toBe(plain);
    expect(await of({ text: der(privateKey.export({ format: 'der', type: 'pkcs8' })) })).toBe(plain);
    expect(await of({ text: der(privateKey.export({ format: 'der', ...locked })) }, 'open sesame')).toBe(plain);
    expect(await of({ text: privateKey.export({ format: 'pem', type: 'pkcs1' }).toString() })).toBe(plain);
  });

  it('is read from a file', async () => {
    expect(await of({ path: join(folder, 'locked.p8') }, 'open sesame')).toBe(plain);
  });

  it('that cannot be read is told of without telling it', async () => {
    const said = async (...key: Parameters<typeof of>): Promise<string> => {
      const error = await of(...key).catch((e: unknown) => e);
      expect(error).toMatchObject({ name: 'WarehouseError', is: 'denied' });
      return String(error);
    };
    expect(await said({ text: pem })).toContain('is encrypted, and the target has no private_key_passphrase');
    expect(await said({ text: pem }, 'close sesame')).toMatch(
      /is no private key that can be read with this passphrase$/,
    );
    expect(await said({ text: 'open sesame' })).toMatch(
      /private_key of the target is no private key that can be read$/,
    );
    expect(await said({ path: join(folder, 'none.p8') })).toMatch(/none\.p8 is no private key that can be read$/);
    expect(await said({ path: join(folder, 'absent.p8') })).toMatch(/absent\.p8 cannot be read \(ENOENT\)$/);
    for (const key of [pem, 'open sesame']) expect(await said({ text: key }, 'close sesame')).not.toContain('sesame');
  });
});
