import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env, Source } from './readers/source.ts';
import type { Server } from './servers/server.ts';

/** What the story needs to know of an engine; the project, its commits and the reader are the same for all. */
interface StoryEngine {
  /** Files of the project that differ from those in test/projects/shop, by path in the project. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that must be there before dbt runs and that git does not keep. */
  readonly folders: readonly string[];
  /** Starts what the engine needs beside the project, in a folder of the story's; null where that is nothing. */
  readonly server: ((folder: string) => Promise<Server>) | null;
  /** Where the relations are that readers use, given the repository's folder; a file, or a connection string. */
  readonly live: (repository: string, server: Server | null) => string;
  /** Opens what `live` names; loaded where it is used, because drivers load slowly. */
  readonly source: (live: string, env: Env) => Promise<Source>;
}

/** The port and the password of a server are in the environment, so that the commits are the same in every repository. */
const postgresProfiles = `shop:
  target: prod
  outputs:
    prod:
      type: postgres
      host: "{{ env_var('SHOP_HOST', 'localhost') }}"
      port: "{{ env_var('SHOP_PORT', '5432') | as_number }}"
      user: dbt
      password: "{{ env_var('SHOP_PASSWORD') }}"
      dbname: shop
      schema: analytics
      threads: 2
`;

/** The same for Snowflake, with the role that releases have. */
const snowflakeProfiles = `shop:
  target: prod
  outputs:
    prod:
      type: snowflake
      account: testaccount
      host: "{{ env_var('SHOP_HOST', 'localhost') }}"
      port: "{{ env_var('SHOP_PORT', '443') | as_number }}"
      protocol: http
      user: fake
      password: "{{ env_var('SHOP_PASSWORD') }}"
      role: DBT_ROLE
      warehouse: WH
      database: SHOP
      schema: analytics
      threads: 2
`;

/** The same for BigQuery, whose datasets dbt makes where they are missing. */
const bigqueryProfiles = `shop:
  target: prod
  outputs:
    prod:
      type: bigquery
      method: oauth-secrets
      token: "{{ env_var('SHOP_TOKEN') }}"
      project: "{{ env_var('SHOP_PROJECT', 'shop') }}"
      dataset: analytics
      location: US
      api_endpoint: "{{ env_var('SHOP_ENDPOINT', 'https://bigquery.googleapis.com') }}"
      job_retries: 0
      threads: 2
`;

const lastgreenYml = readFileSync(new URL('../projects/shop/lastgreen.yml', import.meta.url), 'utf8');

/** `idle`: as lastgreen.yml has it; null: left out. */
const onSnowflake = (idle: string | null): StoryEngine => ({
  files: {
    'profiles.yml': snowflakeProfiles,
    ...(idle === null
      ? {}
      : { 'lastgreen.yml': lastgreenYml.replace('target: prod\n', `target: prod\n    idle: ${idle}\n`) }),
  },
  folders: [],
  server: async () => (await import('./servers/snowflake.ts')).snowflakeServer(),
  live: (_, server) => server?.live ?? '',
  source: async (live, env) => (await import('./readers/snowflake.ts')).snowflake(live, env),
});

export const engines: Readonly<Record<EngineName, StoryEngine>> = {
  duckdb: {
    files: {},
    folders: ['warehouse'],
    server: null,
    live: (repository) => join(repository, 'warehouse', 'shop.duckdb'),
    source: async (live) => (await import('./readers/duckdb.ts')).duckdb(live),
  },
  postgres: {
    files: { 'profiles.yml': postgresProfiles },
    folders: [],
    server: async (folder) => (await import('./servers/postgres.ts')).postgresServer(folder),
    live: (_, server) => server?.live ?? '',
    source: async (live, env) => (await import('./readers/postgres.ts')).postgres(live, env),
  },
  bigquery: {
    files: { 'profiles.yml': bigqueryProfiles },
    folders: [],
    server: async () => (await import('./servers/bigquery.ts')).bigqueryServer(),
    live: (_, server) => server?.live ?? '',
    source: async (live, env) => (await import('./readers/bigquery.ts')).bigquery(live, env),
  },
  snowflake: onSnowflake(null),
  'snowflake-schemas': onSnowflake('{swap: schemas}'),
  'snowflake-databases': onSnowflake('{database: "{database}__green"}'),
};

const names = ['duckdb', 'postgres', 'bigquery', 'snowflake', 'snowflake-schemas', 'snowflake-databases'] as const;

export type EngineName = (typeof names)[number];

/** Reads an engine's name; throws RangeError that lists the known ones. */
export function engineName(text: string): EngineName {
  const found = names.find((name) => name === text);
  if (found === undefined) {
    throw new RangeError(`There is no engine "${text}": it is one of ${names.join(', ')}.`);
  }
  return found;
}
