import { makeProject } from '../../e2e/project.ts';
import type { PostgresServer } from '../../warehouses/postgres/server.ts';
import { type Deploy, deployBeside, deployTable, partsTable } from '../deploying.ts';
import { spread } from '../measure.ts';
import { type Built, generate } from '../project.ts';
import { openStopwatch } from '../stopwatch.ts';
import { tableOf } from '../table.ts';

/** Deploys of 5 changed models in projects of these sizes, each beside the plain dbt build of the same nodes. */
export async function deploysOnPostgres(
  server: PostgresServer,
  sizes: readonly number[],
  say: (text: string) => void,
): Promise<string> {
  const tables: string[] = [];
  const own: { readonly size: number; readonly deploys: readonly Deploy[] }[] = [];
  for (const size of sizes) {
    say(`deploys of 5 changed of ${size} models`);
    const { ours, theirs } = await deploysOf(server, size, say);
    own.push({ size, deploys: ours });
    tables.push(deployTable(size, ours, theirs), partsTable(ours));
  }
  const times = ({ deploys }: (typeof own)[number]) => deploys.map(({ total, dbt }) => total - dbt);
  const [first] = own;
  const beside = first && { what: `${first.size} models`, ms: spread(times(first)).median };
  const rows = own.map((one) => ({ what: `${one.size} models`, values: times(one), ...(beside && { beside }) }));
  return [...tables, tableOf("lastgreen's own time of a deploy of 5 changed models on Postgres", rows)].join('\n');
}

async function deploysOf(server: PostgresServer, size: number, say: (text: string) => void) {
  const { files, built, change } = generate(size);
  await using watch = await openStopwatch();
  const [name, alone] = [`bench_${size}`, `bench_${size}_alone`];
  await filled(server, name, built);
  await server.createDatabase(alone, { template: name });
  const on = (database: string) => ({ ...files, 'profiles.yml': profile(server, database) });
  await using project = await makeProject({ files: on(name), env: { PATH: watch.path } });
  await using plain = await makeProject({ files: on(alone) });
  await project.succeed('adopt');
  return await deployBeside({ watch, project, plain, change }, 3, say);
}

const profile = ({ host, port, user, password }: PostgresServer, database: string): string => `small:
  target: prod
  outputs:
    prod: {type: postgres, host: ${host}, port: ${port}, user: ${user}, password: "${password}", dbname: ${database}, schema: analytics, threads: 2}
`;

/** What dbt would have built, empty: adopted, it is live without an hour of building. */
async function filled(server: PostgresServer, database: string, built: readonly Built[]): Promise<void> {
  await server.createDatabase(database);
  const client = await server.client(database);
  const make = ({ name, kind }: Built): string =>
    `create ${kind} analytics.${name} as select 1::integer as id, 1::bigint as val`;
  try {
    await client.query(['create schema analytics', ...built.map(make)].join(';'));
  } finally {
    await client.end();
  }
}
