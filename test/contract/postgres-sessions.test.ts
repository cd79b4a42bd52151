import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { type Opener, openerOf, type Session } from '../../src/warehouse/postgres/connect.ts';
import { type PostgresServer, postgresVersions, startPostgres } from '../warehouses/postgres/server.ts';

describe.each(postgresVersions)('a session on Postgres %d', (version) => {
  let folder: string;
  let server: PostgresServer;
  let admin: pg.Client;
  let opener: Opener;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgreen-sessions-'));
    server = await startPostgres({ folder, version });
    admin = await server.client();
    await admin.query(
      "CREATE ROLE builder; CREATE ROLE stranger; CREATE ROLE dbt LOGIN PASSWORD 'of dbt' IN ROLE builder",
    );
    await admin.query('CREATE SCHEMA "my shop"; GRANT ALL ON SCHEMA "my shop" TO builder');
    await admin.query("ALTER ROLE dbt SET statement_timeout = '1min'; ALTER ROLE dbt SET TimeZone = 'Asia/Tokyo'");
  });
  afterAll(async () => {
    await admin.end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    opener = opening();
    return () => opener[Symbol.asyncDispose]();
  });

  const opening = (target: Readonly<Record<string, unknown>> = {}, variables: Record<string, string> = {}): Opener =>
    openerOf({
      output: {
        type: 'postgres',
        host: server.host,
        port: server.port,
        user: 'dbt',
        password: 'of dbt',
        dbname: server.database,
        schema: 'shop',
        ...target,
      },
      name: 'prod',
      variables: { HOME: folder, ...variables },
    });
  const value = async (session: Session, expression: string): Promise<unknown> =>
    (await session.run(`SELECT ${expression} AS v`))[0]?.['v'];
  const asked = (expression: string, from: Opener = opener): Promise<unknown> =>
    from.with('test', (session) => value(session, expression));
  const sessions = async (): Promise<readonly unknown[]> =>
    (await admin.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'lastgreen%'")).rows;

  it('says on the server whose it is and what for', async () => {
    const said = await opener.with('promote r42 über den Tag und noch viel weiter und noch weiter', (session) =>
      value(session, "current_setting('application_name')"),
    );
    expect(said).toBe('lastgreen promote r42 ?ber den Tag und noch viel weiter und noc');
    await opener.with('seal r43', async (session) => {
      const { rows } = await admin.query('SELECT application_name AS n FROM pg_stat_activity WHERE pid = $1', [
        session.pid,
      ]);
      expect(rows).toEqual([{ n: 'lastgreen seal r43: prod' }]);
    });
  });

  it('has dbt’s role, search_path and port, and settings of its own where answers depend on them', async () => {
    await using own = opening({ role: 'builder', search_path: '"my shop", public', port: String(server.port) });
    expect(await asked('current_user::text', own)).toBe('builder');
    expect(await asked('current_schemas(false)', own)).toEqual(['my shop', 'public']);
    expect(await asked("current_setting('TimeZone')", own)).toBe('UTC');
    expect(await asked("current_setting('statement_timeout')", own)).toBe('0');
  });

  it('goes through the folder of a unix socket', async () => {
    await using local = opening({ host: server.socket, sslmode: 'verify-full' });
    expect(await asked('inet_server_addr() IS NULL', local)).toBe(true);
  });

  it('takes its password from PGPASSWORD or the password file when the target has none', async () => {
    const file = join(folder, '.pgpass');
    await writeFile(file, `${server.host}:${server.port}:*:dbt:of dbt\n`, { mode: 0o600 });
    await using byVariable = opening({ password: '' }, { PGPASSWORD: 'of dbt' });
    expect(await asked('current_user::text', byVariable)).toBe('dbt');
    const { PGPASSFILE } = process.env;
    process.env['PGPASSFILE'] = file;
    try {
      await using byFile = opening({ password: '' });
      expect(await asked('current_user::text', byFile)).toBe('dbt');
    } finally {
      if (PGPASSFILE === undefined) delete process.env['PGPASSFILE'];
      else process.env['PGPASSFILE'] = PGPASSFILE;
    }
  });

  it('gives plain values that read the same on every engine', async () => {
    const [row] = await opener.with('test', (session) =>
      session.run(
        `SELECT 9007199254740993::bigint AS huge, 42::bigint AS big, 12.50::numeric(10, 2) AS price,
           12345678901234567.89::numeric AS exact, 'NaN'::numeric AS none, true AS yes, 1.5::real AS half,
           date '2024-01-02' AS day, timestamp '2024-01-02 03:04:05.12' AS at,
           timestamptz '2024-01-02 03:04:05+02' AS zoned, interval '3 days 4 hours' AS span,
           '\\x00ff'::bytea AS bytes, '{"a": [1]}'::jsonb AS doc, null::int AS nothing,
           ARRAY[1.5, null]::numeric[] AS list, '{"a,b",c}'::name[] AS names, $1::text || '!' AS bound`,
        ['x'],
      ),
    );
    expect(row).toEqual({
      huge: '9007199254740993',
      big: 42,
      price: 12.5,
      exact: '12345678901234567.89',
      none: 'NaN',
      yes: true,
      half: 1.5,
      day: '2024-01-02',
      at: '2024-01-02T03:04:05.12',
      zoned: '2024-01-02T01:04:05Z',
      span: '3 days 04:00:00',
      bytes: 'AP8=',
      doc: { a: [1] },
      nothing: null,
      list: [1.5, null],
      names: ['a,b', 'c'],
      bound: 'x!',
    });
  });

  it('runs a script in one round trip and gives the rows of the last statement that has some', async () => {
    await opener.with('test', async (session) => {
      expect(await session.script('SELECT 1 AS a; SELECT 2 AS b UNION ALL SELECT 3; SET lock_timeout = 5')).toEqual([
        { b: 2 },
        { b: 3 },
      ]);
      expect(await session.script('SELECT 1 AS a WHERE false')).toEqual([]);
      await expect(session.run('SELECT 1; SELECT 2')).rejects.toMatchObject({ is: 'refused' });
    });
  });

  it('leaves nothing to the next: a transaction, settings, locks, temporary tables', async () => {
    const pids = new Set<number>();
    const use = (act: (session: Session) => Promise<unknown>): Promise<unknown> =>
      opener.with('test', (session) => {
        pids.add(session.pid);
        return act(session);
      });
    await use((session) => session.script('SET TimeZone = 1; SELECT pg_advisory_lock(7); CREATE TEMP TABLE t (a int)'));
    await use(async (session) => {
      expect(await value(session, "current_setting('TimeZone')")).toBe('UTC');
      expect(await value(session, "to_regclass('pg_temp.t')")).toBeNull();
    });
    expect(pids.size).toBe(1);
    await use((session) => session.script('BEGIN; SELECT 1'));
    await use((session) => session.run('SELECT pg_advisory_xact_lock(7)'));
    expect(pids.size).toBe(2);
    const { rows } = await admin.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'");
    expect(rows).toEqual([]);
  });

  it('is never one that has broken', async () => {
    const first = await asked('pg_backend_pid()');
    await admin.query('SELECT pg_terminate_backend($1)', [first]);
    await expect.poll(sessions).toEqual([]);
    expect(await asked('pg_backend_pid()')).not.toBe(first);
    const cut = opener.with('test', (session) => session.run('SELECT pg_terminate_backend($1)', [session.pid]));
    await expect(cut).rejects.toMatchObject({ is: 'down' });
    await asked('1');
    await server.restart('immediate');
    await admin.end();
    admin = await server.client();
    expect(await asked('42')).toBe(42);
  });

  it('cancels what it runs when the signal aborts, and gives the reason', async () => {
    const abort = new AbortController();
    const reason = new Error('interrupted');
    let running = 0;
    const done = opener.with(
      'test',
      (session) => {
        running = session.pid;
        return session.run("SELECT pg_sleep(600), 'slow'");
      },
      { signal: abort.signal },
    );
    await expect
      .poll(
        async () =>
          (
            await admin.query(
              "SELECT pid FROM pg_stat_activity WHERE query LIKE '%''slow''%' AND pid = $1 AND state = 'active'",
              [running],
            )
          ).rows,
      )
      .toHaveLength(1);
    abort.abort(reason);
    await expect(done).rejects.toBe(reason);
    await expect.poll(sessions).toEqual([]);
    await expect(opener.with('test', () => Promise.resolve(), { signal: abort.signal })).rejects.toBe(reason);
  });

  it('stops between two statements when the signal aborts', async () => {
    const abort = new AbortController();
    const done = opener.with(
      'test',
      async (session) => {
        await session.run('SELECT 1');
        abort.abort(new Error('interrupted'));
        await session.run('SELECT 2');
      },
      { signal: abort.signal },
    );
    await expect(done).rejects.toThrow('interrupted');
  });

  it('closes what rests', async () => {
    await Promise.all([asked('1'), asked('2'), asked('3')]);
    expect(await sessions()).toHaveLength(3);
    await opener[Symbol.asyncDispose]();
    await expect.poll(sessions).toEqual([]);
  });

  describe('that cannot be', () => {
    const goesWrong = async (target: Readonly<Record<string, unknown>>): Promise<WarehouseError> => {
      await using wrong = opening(target);
      const error = await asked('1', wrong).catch((caught: unknown) => caught);
      if (!(error instanceof WarehouseError)) throw new Error('no WarehouseError', { cause: error });
      return error;
    };

    it('says whose password is wrong, and not what it was', async () => {
      const error = await goesWrong({ password: 'p4ss of nobody' });
      expect(error).toMatchObject({ is: 'denied', message: 'password authentication failed for user "dbt"' });
      expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain('p4ss');
    });

    it.each([
      ['no password', { password: '' }, 'denied', /asks for a password, and neither the target nor ~\/.pgpass/],
      ['a database that is not there', { dbname: 'nowhere' }, 'missing', /database "nowhere" does not exist/],
      ['a role that is not granted', { role: 'stranger' }, 'denied', /permission denied to set role/],
      ['a host that nobody knows', { host: 'nowhere.invalid', retries: 0 }, 'down', /nowhere\.invalid/],
      ['a port where nobody listens', { port: 1 }, 'down', /ECONNREFUSED/],
      ['a socket that is not there', { host: '/nowhere' }, 'down', /ENOENT/],
      ['encryption that the server does not have', { sslmode: 'require' }, 'denied', /does not support SSL/],
      ['no root certificate to check against', { sslmode: 'verify-ca' }, 'denied', /root certificate, and there is no/],
    ] as const)('says so: %s', async (_, target, is, says) => {
      const error = await goesWrong(target);
      expect(error).toMatchObject({ is, message: expect.stringMatching(says) });
    });
  });
});
