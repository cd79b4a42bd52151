import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Programs, programsOf, type RunAs, reachable, runAs } from './programs.ts';
import { freshData, USER } from './template.ts';

export { postgresVersions } from './programs.ts';

/** A Postgres of one's own on 127.0.0.1, which ends with the process that started it. */
export interface PostgresServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  /** One that is always there; it is empty. */
  readonly database: string;
  /** The folder of its unix socket. */
  readonly socket: string;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  /** Ends it and removes its data; all sessions are cut. */
  stop(): Promise<void>;
  /** `fast`: sessions are cut and everything is written; `immediate`: as after a crash. The same port and data. */
  restart(how: 'fast' | 'immediate'): Promise<void>;
  /** A new database, empty or a copy of another one that nobody is connected to. */
  createDatabase(name: string, o?: { readonly template?: string }): Promise<void>;
  /** A connection, which the caller ends. */
  client(database?: string): Promise<pg.Client>;
}

export interface PostgresOptions {
  /** Where its files are, in a folder of their own. */
  readonly folder: string;
  /** Beside those that make it quick and private. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The major version; the newest there is when left out. */
  readonly version?: number;
}

const HOST = '127.0.0.1';
const DATABASE = 'postgres';

/** Nothing here outlives the test, so nothing has to be on disk. */
const quick = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '64MB',
  max_connections: 60,
  timezone: 'UTC',
  lc_messages: 'C',
};

/** Starts a server and checks that it is the one that was started. Throws with its log when it does not start. */
export async function startPostgres(o: PostgresOptions): Promise<PostgresServer> {
  const user = runAs();
  const programs = await programsOf(o.version ?? 18);
  const home = await mkdtemp(join(o.folder, 'postgres-'));
  try {
    return await startIn(home, programs, user, o);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(home: string, programs: Programs, user: RunAs, o: PostgresOptions): Promise<PostgresServer> {
  // The server's user has to get to its own folder, and nobody may look around in the others.
  if (user !== null) await chmod(o.folder, 0o711);
  const bin = join(await reachable(programs, user, home), 'bin', 'postgres');
  const [data, socket] = [join(home, 'data'), join(home, 's')];
  const password = await freshData(programs, user, data);
  await mkdir(socket, { mode: 0o700 });
  await own(user, home, socket);
  const start = (port: number): Promise<Running> =>
    run({ bin, home, data, socket, password, port, user, settings: o.settings ?? {} });
  let running = await startOnFreePort(start);

  const client = async (database = DATABASE): Promise<pg.Client> =>
    connected({ host: HOST, port: running.port, user: USER, password, database });
  const stop = async (): Promise<void> => {
    await running.end('SIGINT');
    await rm(home, { recursive: true, force: true });
  };
  return {
    host: HOST,
    get port() {
      return running.port;
    },
    user: USER,
    password,
    database: DATABASE,
    socket,
    get pid() {
      return running.pid;
    },
    stop,
    async restart(how) {
      await running.end(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      running = await start(running.port);
    },
    async createDatabase(name, { template } = {}) {
      const admin = await client();
      const from = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
      try {
        await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}${from}`);
      } finally {
        await admin.end();
      }
    },
    client,
    [Symbol.asyncDispose]: stop,
  };
}

interface Running {
  readonly port: number;
  readonly pid: number;
  end(signal: NodeJS.Signals): Promise<void>;
}

interface Start {
  readonly bin: string;
  readonly home: string;
  readonly data: string;
  readonly socket: string;
  readonly password: string;
  readonly port: number;
  readonly user: RunAs;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Between finding a free port and taking it somebody else may have taken it. */
async function startOnFreePort(start: (port: number) => Promise<Running>): Promise<Running> {
  for (let tries = 5; ; tries--) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (tries === 0 || !/Address already in use/.test(String(error))) throw error;
    }
  }
}

const keeper = fileURLToPath(new URL('keeper.sh', import.meta.url));

async function run(s: Start): Promise<Running> {
  const token = randomUUID();
  const settings = {
    ...quick,
    ...s.settings,
    listen_addresses: HOST,
    port: s.port,
    unix_socket_directories: s.socket,
    'lastgreen.token': token,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // Read here: the keeper's user need not get to the checkout.
  const script = await readFile(keeper, 'utf8');
  const child = spawn('sh', ['-c', script, 'keeper', s.home, s.bin, '-D', s.data, ...args], {
    ...s.user,
    cwd: s.home,
    // Ctrl-C on a terminal is for the tests; the server ends with them.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
  });
  const end = async (pid: number, signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(pid, signal);
    await exited;
  };
  await ready(child);
  try {
    const pid = await checkedPid(s, token);
    return { port: s.port, pid, end: (signal) => end(pid, signal) };
  } catch (error) {
    child.stdin?.end();
    await exited;
    throw error;
  }
}

/** The server says in its log when it is; it may also end before. */
function ready(child: ChildProcess): Promise<void> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    if (child.stderr === null) throw new TypeError('the log of the server is a pipe');
    createInterface(child.stderr).on('line', (line) => {
      if (log.push(line) > 50) log.shift();
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`Postgres ended with ${code}:\n${log.join('\n')}`)));
  });
}

/** Before anything is written: that it is the server which was started, and not another one on this port. */
async function checkedPid({ port, password, data }: Start, token: string): Promise<number> {
  const client = await connected({ host: HOST, port, user: USER, password, database: DATABASE });
  try {
    const { rows } = await client.query<{ token: string; data: string }>(
      "SELECT current_setting('lastgreen.token', true) AS token, current_setting('data_directory') AS data",
    );
    if (rows[0]?.token !== token || rows[0].data !== data) throw new Error(`the server on port ${port} is another one`);
  } finally {
    await client.end();
  }
  // Its first line (Postgres source, "pidfile.h").
  return Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function connected(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ssl: false, ...config });
  // A server that is stopped under a test ends its connections, which is no failure of the test.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function own(user: RunAs, ...folders: readonly string[]): Promise<void> {
  if (user !== null) for (const folder of folders) await chown(folder, user.uid, user.gid);
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
