import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { history } from '../../src/cli/render/history.ts';
import { status } from '../../src/cli/render/status.ts';
import { withRealDbt } from '../story/command.ts';
import { makeProject, type Project } from './project.ts';

const patience = 300_000;

let project: Project;
beforeAll(async () => {
  project = await makeProject({
    env: withRealDbt,
    files: {
      'lastgreen.yml': 'version: 1\nenvironments: {prod: {target: prod, watch: {for: 1h, every: 1h}}}\n',
      'models/orders.sql': 'select 1 as id',
    },
  });
}, patience);
afterAll(() => project[Symbol.asyncDispose](), patience);

/** Presses Ctrl-C as soon as the command says that it has come that far. */
async function interrupt(at: RegExp, ...args: readonly string[]): Promise<{ exit: number | null; told: string }> {
  const running = project.start(...args);
  await running.says(at);
  running.kill('SIGINT');
  const { exit, stderr } = await running.ended;
  return { exit, told: stderr.slice(stderr.indexOf('Interrupted:')) };
}

const SAFE = 'Interrupted: readers have what they had.\n';

describe('who presses Ctrl-C is told what readers have', { timeout: patience }, () => {
  test('while dbt parses, for a plan that changes nothing', async () => {
    const { exit, told } = await interrupt(/^plan/, 'plan');
    expect({ exit, told }).toEqual({ exit: 130, told: `${SAFE}Next: lastgreen status\n` });
  });

  test.each([/^plan/, /^build/])('while nothing is live yet, at %s of a deploy', async (at) => {
    const { exit, told } = await interrupt(at, 'deploy');
    expect({ exit, told }).toEqual({ exit: 130, told: `${SAFE}Next: lastgreen status\n` });
    expect(await project.document(status, 'status')).toMatchObject({ outcome: 'empty', running: null });
  });

  test('in the watch, that the release is live, and how its watch is finished', async () => {
    const { exit, told } = await interrupt(/^watch/, 'deploy');
    const { live } = await project.document(status, 'status');
    expect({ exit, told }).toMatchObject({
      exit: 130,
      told: expect.stringContaining(`Interrupted: ${live?.release} is live and not green yet.\n`),
    });
    expect(told).toContain(`Next: lastgreen promote ${live?.release} --watch\n`);
  });

  test('while the next release is built, which then has ended and is in nobody’s way', async () => {
    const before = await project.document(status, 'status');
    await project.commit('Sell twice', { 'models/orders.sql': 'select 2 as id' });
    const { exit, told } = await interrupt(/^build/, 'deploy', '--during-watch');
    expect({ exit, told }).toMatchObject({ exit: 130, told: expect.stringContaining(SAFE) });
    expect(told).toContain(`Live now: ${before.live?.release} at `);
    const after = await project.document(status, 'status');
    expect(after).toMatchObject({ live: before.live, candidate: null, running: null });
    expect((await project.document(history, 'history')).entries[0]).toMatchObject({ state: 'aborted', live: false });
    expect(await project.rows('select id from analytics.orders')).toEqual([{ id: 1 }]);
  });
});
