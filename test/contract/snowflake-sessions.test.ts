import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { type Opener, openerOf, type Session } from '../../src/warehouse/snowflake/connect.ts';
import { type SnowflakeServer, startSnowflake } from '../warehouses/snowflake/server.ts';

describe('a session on Snowflake', () => {
  let server: SnowflakeServer;
  let opener: Opener;
  beforeAll(async () => {
    server = await startSnowflake();
    await using admin = opening();
    await admin.with('set up', (session) =>
      session.script(['create database SHOP', 'create table SHOP.PUBLIC.ORDERS (ID int, NAME varchar(20))']),
    );
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    opener = opening();
    return () => opener[Symbol.asyncDispose]();
  });

  const target = (more: Readonly<Record<string, unknown>> = {}) => ({
    type: 'snowflake',
    ...server.profile,
    role: 'SYSADMIN',
    database: 'SHOP',
    schema: 'PUBLIC',
    ...more,
  });
  const opening = (more: Readonly<Record<string, unknown>> = {}): Opener =>
    openerOf({ output: target(more), name: 'prod' });
  const asked = async (expression: string, from: Opener = opener): Promise<unknown> =>
    from.with('test', async (session) => (await session.run(`select ${expression} as V`))[0]?.['V']);
  const idFrom = (from: Opener = opener): Promise<string> =>
    from.with('test', (session) => Promise.resolve(session.id));

  it('says with each statement whose it is and what for', async () => {
    await opener.with('promote', (session) => session.script(["select 'one of r42'", "select 'two of r42'"]), {
      release: 'r42',
    });
    await opener.with('look', (session) => session.run("select 'of no release'"));
    const tags = (await server.control.statements())
      .filter(({ sql }) => /^select '.*of (r42|no release)'/.test(sql))
      .map(({ tag }): unknown => JSON.parse(tag));
    const promote = { app: 'lastgreen', environment: 'prod', release: 'r42', step: 'promote' };
    expect(tags).toEqual([promote, promote, { app: 'lastgreen', environment: 'prod', step: 'look' }]);
  });

  it('is on the place, in the role and on the warehouse of the target', async () => {
    await using other = opening({ role: 'PUBLIC', warehouse: null });
    expect(await asked("current_role() || ' ' || current_database() || ' ' || current_schema()")).toBe(
      'SYSADMIN SHOP PUBLIC',
    );
    expect(await asked('current_warehouse()')).toBe(server.warehouse);
    expect(await asked('current_role()', other)).toBe('PUBLIC');
    expect(await asked('current_session()')).toBe(await idFrom());
  });

  it('gives plain values that read the same on every engine', async () => {
    const [row] = await opener.with('test', (session) =>
      session.run(
        `select 9007199254740993 as huge, 42 as big, 12.50::number(10, 2) as price, true as yes, 1.5::float as half,
           '2024-01-02'::date as day, '2024-01-02 03:04:05.12'::timestamp_ntz as at,
           '2024-01-02 03:04:05+02:00'::timestamp_tz as zoned, '03:04:05'::time as clock, to_binary('00FF', 'HEX') as bytes,
           parse_json('{"a": [1]}') as doc, null::int as nothing, 'x' as "lower", ? || '!' as bound, ? as given`,
        ['x', null],
      ),
    );
    expect(row).toEqual({
      HUGE: '9007199254740993',
      BIG: 42,
      PRICE: 12.5,
      YES: true,
      HALF: 1.5,
      DAY: '2024-01-02',
      AT: '2024-01-02T03:04:05.12',
      ZONED: '2024-01-02T01:04:05Z',
      CLOCK: '03:04:05',
      BYTES: 'AP8=',
      DOC: { a: [1] },
      NOTHING: null,
      lower: 'x',
      BOUND: 'x!',
      GIVEN: null,
    });
  });

  it('reads many rows', async () => {
    const rows = await opener.with('test', (session) =>
      session.run("select seq4() as N, repeat('x', 50) as T from table(generator(rowcount => 20000))"),
    );
    expect(rows).toHaveLength(20_000);
    expect(new Set(rows.map(({ N }) => N)).size).toBe(20_000);
  });

  it('tells the columns that a statement would give', async () => {
    expect(
      await opener.with('test', (session) => session.fields('select ID, NAME, 1.5 as "half" from SHOP.PUBLIC.ORDERS')),
    ).toEqual([
      { name: 'ID', type: 'NUMBER(38,0)', nullable: true },
      { name: 'NAME', type: expect.stringMatching(/^VARCHAR\(\d+\)$/), nullable: true },
      { name: 'half', type: 'NUMBER(2,1)', nullable: true },
    ]);
  });

  it('runs a script as one request, and says which', async () => {
    const { queryId } = await opener.with('test', (session) =>
      session.script(["select 'first' -- ; no third", '-- second\nselect 2']),
    );
    const parts = (await server.control.statements()).filter(({ parent }) => parent === queryId);
    expect(parts.map(({ sql }) => sql)).toEqual(["select 'first'", 'select 2']);
  });

  it('stops a script at the first statement that fails, and says which', async () => {
    const insert = (id: number) => `insert into ORDERS values (${id}, 'x')`;
    await opener.with('test', async (session) => {
      await expect(session.script([insert(1), '\n-- gone\nselect * from NOWHERE', insert(2)])).rejects.toMatchObject({
        is: 'missing',
        message: expect.stringMatching(/NOWHERE' does not exist or not authorized\.$/),
        detail: { code: '002003', statement: 1 },
      });
      const zero = (guards: 'fenced' | 'drifted') => ({
        sql: 'select 1 / (select count(*) from ORDERS where ID = 7)',
        guards,
      });
      await expect(session.script([zero('fenced'), insert(3)])).rejects.toMatchObject({
        is: 'fenced',
        detail: { statement: 0 },
      });
      await expect(session.script([insert(4), zero('drifted'), insert(5)])).rejects.toMatchObject({
        is: 'drifted',
        detail: { statement: 1 },
      });
      await expect(session.script([zero('fenced')])).rejects.toMatchObject({ is: 'fenced' });
      await expect(session.script(['select 1 / 0', 'select 1'])).rejects.toMatchObject({ is: 'refused' });
      const counted = await session.script([insert(6), `${insert(7)}; ${insert(8)}`]).catch((error: unknown) => error);
      expect(counted).toMatchObject({ is: 'refused', message: expect.stringContaining('statement count') });
      expect(counted).not.toHaveProperty('detail.statement');
      expect(await session.run('select ID from ORDERS order by ID')).toEqual([{ ID: 1 }, { ID: 4 }]);
      await expect(session.run('select 1; select 2')).rejects.toMatchObject({ is: 'refused' });
    });
  });

  it('leaves nothing to the next: a transaction, settings', async () => {
    const leaving = async (sql: string): Promise<void> => {
      const ids = await Promise.all([
        opener.with('test', (session) => session.run(sql).then(() => session.id)),
        idFrom(),
      ]);
      expect(new Set([...ids, await idFrom()]).size).toBe(2);
    };
    expect(await idFrom()).toBe(await idFrom());
    await leaving('begin');
    await leaving('/* here */ use schema SHOP.PUBLIC');
    await leaving("-- mine\nalter session set TIMEZONE = 'Asia/Tokyo'");
  });

  it('is one of many at once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        opener.with('test', async (session) => {
          expect(await Promise.all([session.run(`select ${n} as N`), session.run('select 2 as N')])).toEqual([
            [{ N: n }],
            [{ N: 2 }],
          ]);
          return session.id;
        }),
      ),
    );
    expect(new Set(ids).size).toBe(20);
  });

  it('is busy when a statement takes longer than it may', async () => {
    await server.control.rule({ match: 'too slow', when: 'before', do: { kind: 'hold' } });
    const slow = opener.with('test', (session) => session.run("select 'too slow'", [], { timeoutMs: 500 }));
    await expect(slow).rejects.toMatchObject({ is: 'busy', detail: { code: '000630' } });
  });

  it('cancels what it runs when the signal aborts, and gives the reason', async () => {
    const rule = await server.control.rule({ match: 'second of three', when: 'before', do: { kind: 'hold' } });
    const abort = new AbortController();
    const reason = new Error('interrupted');
    const act = (session: Session) =>
      session.script(['select 1', "select 'second of three'", "select 'third of three'"]);
    const done = opener.with('test', act, { signal: abort.signal });
    await rule.reached();
    abort.abort(reason);
    await expect(done).rejects.toBe(reason);
    const ran = (await server.control.statements()).filter(
      ({ sql, parent }) => parent !== null && sql.includes('of three'),
    );
    expect(ran).toMatchObject([{ sql: "select 'second of three'", status: 'FAILED_WITH_ERROR', code: 604 }]);
    await expect(opener.with('test', () => Promise.resolve(), { signal: abort.signal })).rejects.toBe(reason);
  });

  it('does not wait for a login when the signal aborts', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    // It listens on a port, not on a path.
    const { port } = silent.address() as AddressInfo;
    await using slow = opening({ port });
    const abort = new AbortController();
    silent.once('connection', () => abort.abort(new Error('interrupted')));
    await expect(slow.with('test', () => Promise.resolve(), { signal: abort.signal })).rejects.toThrow('interrupted');
    silent.close();
  });

  it('writes nothing, and loads the SDK of Snowflake when it is needed only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lastgreen-quiet-'));
    const program = `
      import { createRequire } from 'node:module';
      const { cache } = createRequire(import.meta.url);
      const loaded = () => Object.keys(cache).some((path) => path.includes('/snowflake-sdk/'));
      const { openerOf } = await import(${JSON.stringify(new URL('../../src/warehouse/snowflake/connect.ts', import.meta.url))});
      const opener = openerOf({ output: ${JSON.stringify(target())}, name: 'prod' });
      const before = loaded();
      await opener.with('test', (session) => session.run('select 12345678901234567890 as V'));
      await opener[Symbol.asyncDispose]();
      console.log(before, loaded());`;
    const { all } = await execa(process.execPath, ['--input-type=module', '-e', program], {
      all: true,
      cwd: folder,
      env: { HOME: folder, XDG_CACHE_HOME: folder },
    });
    expect(all).toBe('false true');
    expect(await readdir(folder, { recursive: true })).toEqual([]);
    await rm(folder, { recursive: true });
  });

  describe('logs in', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const locked = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'sesame' });
    it.each([
      ['with a key', { password: null, private_key: locked, private_key_passphrase: 'sesame' }],
      ['with OAuth', { password: null, authenticator: 'oauth', token: 'of a day' }],
      ['with a programmatic token', { password: null, authenticator: 'programmatic_access_token', token: 'mine' }],
    ])('%s', async (_, how) => {
      await using other = opening(how);
      expect(await asked('current_user()', other)).toBe('FAKE');
    });

    it.each([
      ['a wrong password', { password: 'p4ss of nobody' }, 'denied', /Incorrect username or password/],
      ['a role that is not granted', { role: 'STRANGER' }, 'denied', /STRANGER/],
      [
        'a token that has expired',
        { authenticator: 'oauth', token: 'expired' },
        'denied',
        /^OAuth access token \*{5} or invalid/,
      ],
      ['a key that is locked', { private_key: locked }, 'denied', /no private_key_passphrase/],
      ['a port where nobody listens', { port: 1 }, 'down', /ECONNREFUSED/],
      ['a host that nobody knows', { host: 'nowhere.invalid', connect_retries: 0 }, 'down', /nowhere\.invalid/],
    ] as const)('or says why not: %s', async (_, how, is, says) => {
      await using wrong = opening(how);
      const error = await asked('1', wrong).catch((caught: unknown) => caught);
      if (!(error instanceof WarehouseError)) throw new Error('no WarehouseError', { cause: error });
      expect(error).toMatchObject({ is, message: expect.stringMatching(says) });
      expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toMatch(/p4ss|BEGIN/);
    });
  });
});
