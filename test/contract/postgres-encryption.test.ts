import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, type SelfsignedOptions } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openerOf } from '../../src/warehouse/postgres/connect.ts';
import { runAs } from '../warehouses/postgres/programs.ts';
import { type PostgresServer, startPostgres } from '../warehouses/postgres/server.ts';

/** Who may come in which way; the first line that fits decides. */
const HBA = `
hostssl   all certified all cert
hostnossl all sealed    all reject
hostssl   all plain     all reject
host      all all       all scram-sha-256
`;

const USERS = ['anybody', 'certified', 'sealed', 'plain'];

describe('a connection to Postgres is encrypted as sslmode says', () => {
  let folder: string;
  let server: PostgresServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgreen-encryption-'));
    const root = await authority('of the company');
    const stranger = await authority('of nobody');
    const own = await issued(root, 'localhost');
    const client = await issued(root, 'certified');
    await put('root.crt', root.cert);
    await put('stranger.crt', stranger.cert);
    await put('client.crt', client.cert);
    await put('client.key', client.key);
    await mkdir(join(folder, '.postgresql'));
    const settings = {
      ssl: 'on',
      ssl_cert_file: await put('server.crt', own.cert, true),
      ssl_key_file: await put('server.key', own.key, true),
      ssl_ca_file: await put('ca.crt', root.cert, true),
      hba_file: await put('hba.conf', HBA, true),
    };
    server = await startPostgres({ folder, settings });
    const admin = await server.client();
    for (const user of USERS) await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD 'secret'`);
    await admin.end();
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const path = (name: string): string => join(folder, name);
  async function put(name: string, text: string, forServer = false): Promise<string> {
    await writeFile(path(name), text, { mode: 0o600 });
    const user = runAs();
    if (forServer && user !== null) await chown(path(name), user.uid, user.gid);
    return path(name);
  }

  /** Whether it came to be encrypted. */
  async function encrypted(target: Readonly<Record<string, string>>, home = folder): Promise<unknown> {
    const { host, port, database } = server;
    await using opener = openerOf({
      output: { host, port, dbname: database, user: 'anybody', password: 'secret', retries: 0, ...target },
      name: 'prod',
      variables: { HOME: home },
    });
    const sql = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    return (await opener.with('test', (session) => session.run(sql)))[0]?.['ssl'];
  }

  it.each([
    ['disable', false],
    ['allow', false],
    ['prefer', true],
    ['require', true],
  ] as const)('%s: %s', async (sslmode, expected) => {
    expect(await encrypted({ sslmode })).toBe(expected);
  });

  it('and where the server wants it otherwise, allow and prefer follow', async () => {
    expect(await encrypted({ sslmode: 'allow', user: 'sealed' })).toBe(true);
    expect(await encrypted({ user: 'plain' })).toBe(false);
    await expect(encrypted({ sslmode: 'disable', user: 'sealed' })).rejects.toMatchObject({ is: 'denied' });
    await expect(encrypted({ sslmode: 'require', user: 'plain' })).rejects.toMatchObject({ is: 'denied' });
  });

  it.each([
    ['allow', 'anybody'],
    ['allow', 'sealed'],
    ['allow', 'plain'],
    ['prefer', 'anybody'],
    ['prefer', 'sealed'],
    ['prefer', 'plain'],
    ['require', 'sealed'],
  ])('a wrong password stays a wrong password, whichever way is tried: %s, %s', async (sslmode, user) => {
    await expect(encrypted({ sslmode, user, password: 'guess' })).rejects.toThrow(
      `password authentication failed for user "${user}"`,
    );
  });

  it('the server has to have a certificate of the root, and with verify-full its own name in it', async () => {
    const [sslrootcert, stranger] = [path('root.crt'), path('stranger.crt')];
    expect(await encrypted({ sslmode: 'verify-ca', sslrootcert })).toBe(true);
    expect(await encrypted({ sslmode: 'verify-full', sslrootcert, host: 'localhost' })).toBe(true);
    await expect(encrypted({ sslmode: 'verify-full', sslrootcert })).rejects.toMatchObject({ is: 'denied' });
    await expect(encrypted({ sslmode: 'verify-ca', sslrootcert: stranger })).rejects.toMatchObject({ is: 'denied' });
    await expect(encrypted({ sslmode: 'verify-full', sslrootcert: 'system', host: 'localhost' })).rejects.toMatchObject(
      { is: 'denied' },
    );
    await expect(encrypted({ sslmode: 'require', sslrootcert: 'system' })).rejects.toThrow(/use verify-full/);
  });

  it('a root that is there is checked against, also when nobody asked', async () => {
    const stranger = path('stranger.crt');
    await expect(encrypted({ sslmode: 'require', sslrootcert: stranger })).rejects.toMatchObject({ is: 'denied' });
    expect(await encrypted({ sslmode: 'prefer', sslrootcert: stranger })).toBe(false);
  });

  it('a client shows its own certificate', async () => {
    const [sslcert, sslkey] = [path('client.crt'), path('client.key')];
    const certified = { user: 'certified', sslmode: 'require', password: '' };
    expect(await encrypted({ ...certified, sslcert, sslkey })).toBe(true);
    await expect(encrypted(certified)).rejects.toMatchObject({ is: 'denied' });
    await expect(encrypted({ ...certified, sslcert, sslkey: path('none') })).rejects.toThrow(/but not its key/);
  });
});

interface Pair {
  readonly cert: string;
  readonly key: string;
}

const authority = (name: string): Promise<Pair> =>
  made(name, {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });

const issued = (ca: Pair, name: string): Promise<Pair> =>
  made(name, {
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  });

async function made(name: string, o: SelfsignedOptions): Promise<Pair> {
  const found = await generate([{ name: 'commonName', value: name }], { algorithm: 'sha256', keyType: 'ec', ...o });
  return { cert: found.cert, key: found.private };
}
