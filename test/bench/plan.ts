import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { readPlan } from '../../src/cli/plan-file.ts';
import { compose } from '../../src/compose.ts';
import { environmentOf, readConfig } from '../../src/config/config.ts';
import { type Placings, readRecorded } from '../../src/dbt/read.ts';
import { homed } from '../../src/domain/relation.ts';
import { plan, type SavedPlan } from '../../src/engine/facts.ts';
import type { Ports } from '../../src/engine/ports.ts';
import { makeProject, type Project } from '../e2e/project.ts';
import { covered, spread, timed } from './measure.ts';
import { type Built, generate } from './project.ts';
import { openStopwatch, type Stopwatch } from './stopwatch.ts';
import { tableOf } from './table.ts';

const LOOKS = 5;

/**
 * A plan of 5 changed of 10,000 models: the process beside the dbt in it, and the same plan in this process, on the
 * manifests that dbt wrote then, beside JSON.parse of them.
 */
export async function plans({ quick, say }: { quick: boolean; say: (text: string) => void }): Promise<string> {
  const models = quick ? 1_000 : 10_000;
  const { files, built, change } = generate(models);
  await using watch = await openStopwatch();
  say(`a project of ${models} models, adopted: dbt parses it for both sides`);
  await using project = await makeProject({ files, env: { PATH: watch.path } });
  await fillLive(project.live, built);
  await project.succeed('adopt');
  await project.commit('Change', change(1));
  const file = join(project.folder, 'plan.json');
  const total: number[] = [];
  const dbt: number[] = [];
  // The first also parses what changed; partial parsing makes the second a quicker one.
  for (const run of [1, 2]) {
    say(`plan ${run} of 2`);
    await watch.spans();
    total.push((await project.succeed('plan', '--out', file)).ms);
    dbt.push(covered(await watch.spans()));
  }
  say('the same plan without dbt');
  const { whole, read, json, bytes } = await withoutDbt(project, watch, await readPlan(file));
  const besideDbt = { what: "dbt's", ms: spread(dbt).median };
  const besideJson = { what: 'JSON.parse', ms: spread(json).median };
  return [
    tableOf(`Plan of ${models} models, 5 changed, as a process`, [
      { what: 'plan, all of it', values: total, beside: besideDbt },
      { what: 'of that, while dbt ran', values: dbt },
      { what: "of that, lastgreen's own", values: total.map((ms, run) => ms - (dbt[run] ?? 0)), beside: besideDbt },
    ]),
    tableOf(`The same without dbt, on its three manifests (${(bytes / 1_048_576).toFixed(1)} MiB)`, [
      { what: 'JSON.parse', values: json },
      { what: 'reading them', values: read, beside: besideJson },
      { what: 'the whole plan', values: whole, beside: besideJson },
    ]),
  ].join('\n');
}

/** What dbt would have built, empty: adopted, it is live without hours of building. */
async function fillLive(path: string, built: readonly Built[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const make = ({ name, kind }: Built): string =>
    `create ${kind} analytics.${name} as select 1::integer as id, 1::bigint as val;`;
  try {
    await connection.run(`begin; create schema analytics; ${built.map(make).join(' ')} commit; checkpoint;`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

interface Taken {
  readonly whole: readonly number[];
  readonly read: readonly number[];
  readonly json: readonly number[];
  /** Of the manifests. */
  readonly bytes: number;
}

/** dbt's answers are those that it gave the process: its manifests, and as selected what the plan builds. */
async function withoutDbt(project: Project, watch: Stopwatch, saved: SavedPlan): Promise<Taken> {
  const config = await readConfig(join(project.dir, 'lastgreen.yml'), 'lastgreen.yml');
  await using composed = await compose({
    config: { ...config, dbt: watch.dbt },
    environment: environmentOf(config, undefined),
    variables: process.env,
    cwd: project.dir,
    report: () => undefined,
  });
  const { dbt, sides } = composed.ports;
  const on =
    (side: 'live' | 'idle'): Placings['live'] =>
    (relation) =>
      homed(relation, sides[side]);
  // Not the adapter's own, which remembers what it has read: every round is to be the first.
  const read = (raw: Uint8Array) => readRecorded(raw, { live: on('live'), idle: on('idle') }, null);
  const raws = new Map<string, Uint8Array>();
  const parsed = (raw: Uint8Array) => ({ raw, manifest: read(raw) });
  const ports: Ports = {
    ...composed.ports,
    dbt: {
      ...dbt,
      read(raw) {
        raws.set('baseline', raw);
        return read(raw);
      },
      parse: async (_, side) => parsed(saved.manifests[side]),
      list: async (_, side) => ({
        ...parsed(saved.manifests[side]),
        selected: saved.plan.nodes.map(({ id }) => id),
      }),
    },
  };
  const signal = new AbortController().signal;
  const whole = await timed(LOOKS, () => plan(ports, { select: null, allowNonFf: false, signal }));
  const all = [...raws.values(), saved.manifests.live, saved.manifests.idle];
  return {
    whole,
    read: await timed(LOOKS, () => all.map((raw) => read(raw))),
    json: await timed(LOOKS, () => all.map((raw) => JSON.parse(new TextDecoder().decode(raw)))),
    bytes: all.reduce((sum, raw) => sum + raw.byteLength, 0),
  };
}
