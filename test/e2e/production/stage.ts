import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type pg from 'pg';
import { at } from '../../../scripts/setup/places.mjs';
import { startPostgres } from '../../warehouses/postgres/server.ts';
import { makeProject, type Project } from '../project.ts';
import { production } from './files.ts';
import { byHand, raw, readers, roles } from './people.ts';

/** A production that dbt built and people worked on, which no release knows of. */
export interface Production extends AsyncDisposable {
  readonly project: Project;
  /** A session of a superuser; ended with the production. */
  open(database?: string): Promise<pg.Client>;
  /** Plain dbt, in the project's folder. Throws what it said when it fails. */
  dbt(args: readonly string[], database?: string): Promise<void>;
  /** A copy of a database as it is, in the place of what has the name. Sessions in both are ended. */
  copy(from: string, to: string): Promise<void>;
}

/** What readers connect to. */
export const SHOP = 'shop';

/** Builds it on a server of its own. Disposing ends the server and removes all. */
export async function makeProduction(): Promise<Production> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lastgreen-production-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const server = opened.use(await startPostgres({ folder }));
  const password = randomBytes(18).toString('base64url');
  const admin = await server.client();
  await admin.query(roles(password));
  await admin.query(`create database ${SHOP}`);
  const letIn = (database: string) => admin.query(`grant create on database ${database} to deploy`);
  await letIn(SHOP);

  const sessions = new Set<pg.Client>([admin]);
  opened.defer(async () => void (await Promise.all([...sessions].map((session) => session.end()))));
  const open = async (database = SHOP): Promise<pg.Client> => {
    const session = await server.client(database);
    sessions.add(session);
    return session;
  };
  const env = {
    SHOP_HOST: server.host,
    SHOP_PORT: String(server.port),
    SHOP_PASSWORD: password,
    SHOP_DATABASE: SHOP,
  };
  const project = opened.use(await makeProject({ files: production, env }));
  const dbt: Production['dbt'] = async (args, database = SHOP) => {
    const options = { cwd: project.dir, env: { ...env, SHOP_DATABASE: database }, all: true } as const;
    await execa(at('.tools', 'dbt', 'bin', 'dbt'), [...args, '--quiet'], options);
  };

  const shop = await open();
  await shop.query(raw + readers);
  await dbt(['build']);
  for (const statements of byHand) await shop.query(statements);
  const resources = opened.move();
  return {
    project,
    open,
    dbt,
    async copy(from, to) {
      await admin.query(`drop database if exists ${to} with (force)`);
      await admin.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [from]);
      await admin.query(`create database ${to} template ${from}`);
      // Rights on a database are no part of it.
      await letIn(to);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
