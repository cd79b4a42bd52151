import { execa } from 'execa';
import { z } from 'zod';
import { makeProject, type Project } from '../e2e/project.ts';
import { build, deployBeside, deployTable, partsTable } from './deploying.ts';
import { spread, timed } from './measure.ts';
import { generate } from './project.ts';
import { openStopwatch } from './stopwatch.ts';
import { tableOf } from './table.ts';

const MODELS = 300;
const LOOKS = 5;

const wentBack = z.object({ outcome: z.literal('rolled-back'), strategy: z.literal('swap') });

/**
 * Deploys of 5 changed of 300 models beside plain `dbt build` of the same nodes, then status, cutover and swap back on
 * what that left.
 */
export async function deploys({ quick, say }: { quick: boolean; say: (text: string) => void }): Promise<string> {
  const { files, change } = generate(MODELS);
  await using watch = await openStopwatch();
  await using project = await makeProject({ files, env: { PATH: watch.path } });
  await using plain = await makeProject({ files });
  say(`first release of ${MODELS} models, and a plain dbt build of them`);
  await project.succeed('deploy');
  await build(watch, plain, []);
  const { ours, theirs } = await deployBeside({ watch, project, plain, change }, quick ? 1 : 3, say);
  say('status and swap back');
  return [
    deployTable(MODELS, ours, theirs),
    partsTable(ours),
    await commandsTable(
      project,
      ours.map((one) => one.cutover),
      theirs,
    ),
  ].join('\n');
}

async function commandsTable(project: Project, cutovers: readonly number[], plain: readonly number[]): Promise<string> {
  const node = await timed(LOOKS, () => execa(process.execPath, ['-e', '0']));
  const start = await timed(LOOKS, () => project.succeed('status', '--help'));
  const status = await timed(LOOKS, () => project.succeed('status'));
  const back = await timed(1, async () =>
    wentBack.parse(JSON.parse((await project.succeed('rollback', '--json')).stdout)),
  );
  const nodeMs = { what: 'node -e 0', ms: spread(node).median };
  const rebuild = { what: 'plain dbt', ms: spread(plain).median };
  return tableOf('Commands, as processes', [
    { what: 'node -e 0', values: node },
    { what: 'lastgreen status --help (start alone)', values: start, beside: nodeMs, goalMs: 250 },
    { what: 'lastgreen status', values: status, beside: nodeMs, goalMs: 600 },
    { what: 'cutover, as in the journal', values: cutovers, beside: rebuild },
    { what: 'lastgreen rollback (swap back)', values: back, beside: rebuild, goalMs: 2_000 },
  ]);
}
