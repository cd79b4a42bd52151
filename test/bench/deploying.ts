import { execa } from 'execa';
import { z } from 'zod';
import type { Project } from '../e2e/project.ts';
import { covered, type Span, spread } from './measure.ts';
import type { Files } from './project.ts';
import type { Stopwatch } from './stopwatch.ts';
import { type Row, tableOf } from './table.ts';

/** What one deploy took. Everything in ms. */
export interface Deploy {
  readonly total: number;
  /** For how long dbt ran in it. */
  readonly dbt: number;
  /** What is left of each part once dbt's time is taken out of it. */
  readonly parts: ReadonlyMap<string, number>;
  /** As the journal has it. */
  readonly cutover: number;
  /** Names of the nodes that dbt built. */
  readonly nodes: readonly string[];
}

const told = z.object({
  time: z.number(),
  event: z.string(),
  phase: z.string().optional(),
  node: z.string().optional(),
});
type Told = z.infer<typeof told>;
const outcome = z.object({ cutover: z.object({ ms: z.number() }) });

/** Two projects that are the same, one released by lastgreen, one built by dbt alone; each change is made to both. */
export interface Pair {
  readonly watch: Stopwatch;
  readonly project: Project;
  readonly plain: Project;
  /** Files of a change; rounds begin at 1. */
  readonly change: (round: number) => Files;
}

/** Deploys of changes, and after each the plain build of the same nodes, ms. */
export async function deployBeside(
  { watch, project, plain, change }: Pair,
  runs: number,
  say: (text: string) => void,
): Promise<{ readonly ours: readonly Deploy[]; readonly theirs: readonly number[] }> {
  const ours: Deploy[] = [];
  const theirs: number[] = [];
  for (let run = 1; run <= runs; run++) {
    say(`deploy ${run} of ${runs}`);
    await project.commit(`Change ${run}`, change(run));
    ours.push(await deploy(project, watch));
    await plain.commit(`Change ${run}`, change(run));
    theirs.push(await build(watch, plain, ours.at(-1)?.nodes ?? []));
  }
  return { ours, theirs };
}

/** A plain build of some nodes, of all where none is named; ms. */
export async function build(watch: Stopwatch, { dir }: Project, nodes: readonly string[]): Promise<number> {
  const start = performance.now();
  const select = nodes.length > 0 ? ['--select', ...nodes] : [];
  // Messages for people cost dbt time too; nobody reads them here, as nobody reads dbt's in a deploy.
  await execa(watch.dbt, ['build', '--quiet', '--profiles-dir', '.', ...select], {
    cwd: dir,
    env: { DBT_SEND_ANONYMOUS_USAGE_STATS: 'False' },
  });
  return performance.now() - start;
}

async function deploy(project: Project, watch: Stopwatch): Promise<Deploy> {
  await watch.spans();
  const from = Date.now();
  const { stdout, stderr, ms } = await project.succeed('deploy', '--json', '--log-format', 'json');
  const to = Date.now();
  const dbt = await watch.spans();
  const events = stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => told.parse(JSON.parse(line)));
  return {
    total: ms,
    dbt: covered(dbt),
    parts: partsOf(events, { from, to }, dbt),
    cutover: outcome.parse(JSON.parse(stdout)).cutover.ms,
    nodes: [...new Set(events.flatMap(({ node }) => nodeName(node ?? '')))],
  };
}

const nodeName = (id: string): readonly string[] =>
  /^(model|seed|snapshot)\./.test(id) ? [id.split('.')[2] ?? ''] : [];

/** Phases as they were told, what lay before, between and after them, each without dbt's time. */
function partsOf(events: readonly Told[], whole: Span, dbt: readonly Span[]): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  const add = (what: string, from: number, to: number): void => {
    parts.set(what, (parts.get(what) ?? 0) + (to - from) - covered(dbt, { from, to }));
  };
  const phases = events.filter(({ event }) => event === 'phase' || event === 'phase-done');
  let at = whole.from;
  let gap = 'start, lease, claim';
  for (const { event, phase = '', time } of phases) {
    add(event === 'phase' ? gap : (label[phase] ?? phase), at, time);
    gap = 'journal and artifacts between';
    at = time;
  }
  add('end', at, whole.to);
  return parts;
}

const label: Readonly<Record<string, string>> = {
  plan: 'plan (beside dbt ls and parse)',
  build: 'dbt (beside dbt build)',
  cutover: 'cutover and record',
};

/** Deploys beside plain builds of the same nodes. */
export function deployTable(models: number, ours: readonly Deploy[], theirs: readonly number[]): string {
  const dbt = spread(ours.map((one) => one.dbt)).median;
  const plain = spread(theirs).median;
  const own = ours.map((one) => one.total - one.dbt);
  const rows: readonly Row[] = [
    { what: 'plain dbt build of the same nodes', values: theirs },
    { what: 'deploy, all of it', values: ours.map((one) => one.total), beside: { what: 'plain dbt', ms: plain } },
    { what: 'of that, while dbt ran', values: ours.map((one) => one.dbt), beside: { what: 'plain dbt', ms: plain } },
    {
      what: "of that, lastgreen's own",
      values: own,
      beside: { what: "dbt's in it", ms: dbt },
      goalMs: Math.max(1_000, dbt * 0.05),
    },
  ];
  const nodes = ours.at(-1)?.nodes.length ?? 0;
  return tableOf(`Deploy of ${models} models, 5 changed, ${nodes} built`, rows);
}

/** Where lastgreen's own time went. */
export function partsTable(ours: readonly Deploy[]): string {
  const names = [...new Set(ours.flatMap((one) => [...one.parts.keys()]))];
  const dbt = spread(ours.map((one) => one.dbt)).median;
  return tableOf(
    "lastgreen's own time in it, by part",
    names.map((what) => ({
      what,
      values: ours.map((one) => one.parts.get(what) ?? 0),
      beside: { what: "dbt's", ms: dbt },
    })),
  );
}
