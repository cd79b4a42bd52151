import type { Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { type Fence, type ReleaseId, releaseOf } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Checkout } from '../git/port.ts';
import { planCutover } from '../planning/cutover.ts';
import { planRefresh } from '../planning/refresh.ts';
import { readKept } from './artifacts.ts';
import { build } from './build.ts';
import { cutOver, NotCut } from './cutover.ts';
import { type Outcome, watched } from './deploy.ts';
import { planCheckout } from './facts.ts';
import { objections } from './gating.ts';
import { lookAtLive } from './look.ts';
import { refuseOnlyWayBack } from './only-way-back.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { promote } from './promote.ts';
import { sourceOf } from './rebuild.ts';
import { foreseen, retrying } from './retry.ts';
import { failureOf, startDbt } from './run-dbt.ts';
import { type Session, withSession } from './session.ts';

export interface RefreshOptions {
  /** A release of the same commit: built on the idle side, gated, cut over. */
  readonly gated: boolean;
  /** For dbt, such as `--select tag:hourly`. */
  readonly arguments: readonly string[];
  readonly signal: AbortSignal;
}

export interface Refreshed {
  /** `run 43`. */
  readonly run: Fence;
  readonly release: ReleaseId;
  readonly nodes: number;
  readonly ms: number;
}

/** Runs the commit that is live again; ships no code. */
export function refresh(ports: Ports, o: RefreshOptions): Promise<Refreshed> {
  return withSession(ports, { command: 'refresh', signal: o.signal }, async (s) => {
    const { mark, plan, checkout } = await liveSource(s);
    try {
      for (let round = 1; ; round++) {
        try {
          return await runOnce(s, mark, plan, checkout, o.arguments);
        } catch (error) {
          if (!(error instanceof NotCut)) throw error;
          if (!error.drifted) throw foreseen(error.cause);
          if (round > ports.settings.drift.rounds)
            fail('DRIFTED', { relations: ['live'], rounds: round - 1, verb: 'refresh' });
          await s.held.refence();
          await retrying(ports, () => ports.warehouse.claim(s.held.fence(), null));
        }
      }
    } finally {
      await checkout[Symbol.asyncDispose]();
    }
  });
}

/** `refresh --gated`: every node that was asked for is built again with its history, and passes the gates. */
export async function refreshGated(ports: Ports, o: RefreshOptions): Promise<Outcome> {
  const done = await withSession(ports, { command: 'refresh --gated', signal: o.signal }, async (s) => {
    const { mark, checkout } = await liveSource(s);
    try {
      const select = selectorOf(o.arguments);
      const work = await planCheckout(ports, checkout, {
        mark,
        hmacKey: s.held.head().hmacKey,
        select,
        signal: s.held.signal,
        kind: 'refresh',
        command: 'deploy (refresh)',
      });
      await refuseOnlyWayBack(s, work.plan, { giveUp: false, verb: 'build' });
      const built = await build(s, work, { supersede: false });
      if (built.state === 'waiting')
        fail('WAITING', { release: built.release, on: objections(built.answers).map(({ check }) => check) });
      const measured = await promote(s, built.release, { accept: [], reason: null });
      const release =
        (await s.history()).releases.get(built.release) ?? fail('RELEASE_UNKNOWN', { asked: built.release });
      return { release, plan: work.plan, measured };
    } finally {
      await checkout[Symbol.asyncDispose]();
    }
  });
  return watched(ports, done, o.signal);
}

/** All of the project, where nothing is named. */
function selectorOf(given: readonly string[]): string {
  const at = given.findIndex((word) => word === '--select' || word === '-s');
  return at < 0 ? '*' : (given[at + 1] ?? '*');
}

async function liveSource(s: Session): Promise<{ mark: Mark; plan: Plan; checkout: Checkout }> {
  const mark =
    s.mark() ??
    fail('WRONG_STATE', {
      release: s.ports.settings.environment,
      state: 'without a release',
      verb: 'be refreshed',
      next: 'lastgreen deploy',
    });
  const plan =
    (await s.records.plan(mark.content)) ??
    fail('STORE_CORRUPT', { key: `releases/${mark.content}/plan`, message: 'it is missing' });
  return { mark, plan, checkout: await sourceOf(s, mark.back ? mark.content : mark.release, mark.sha) };
}

async function runOnce(
  s: Session,
  mark: Mark,
  plan: Plan,
  checkout: Checkout,
  given: readonly string[],
): Promise<Refreshed> {
  const { ports, held } = s;
  const start = ports.clock.elapsedMs();
  const number = held.fence();
  const look = await lookAtLive(s, ports.sides.live);
  const before = await retrying(ports, () => ports.warehouse.catalog(ports.sides.live, { bare: true }), held.signal);
  const where = planRefresh({ traits: ports.warehouse.traits, sides: ports.sides, catalog: before });
  if (where.on === 'idle')
    await phase(ports, 'prepare', null, () =>
      retrying(
        ports,
        () => ports.warehouse.fill(where.fills, { fence: held.fence(), signal: held.signal }),
        held.signal,
      ),
    );
  const { manifests } = await readKept(ports, s.records, mark.content, null);
  const detail = `dbt build ${given.join(' ')}`.trim();
  const result = await startDbt(s, {
    checkout,
    manifests,
    side: where.on,
    select: [],
    arguments: ['build', ...given],
    detail,
  });
  if (where.on === 'live') await retrying(ports, async () => ports.warehouse.follow?.(held.fence()), held.signal);
  if (result.ok && result.results.length === 0)
    fail('USAGE', { message: `${detail} chose nothing; nothing was refreshed.`, next: 'lastgreen refresh --help' });
  const nodes = result.results.filter(({ status }) => status === 'success').length;
  const run = { nodes, ms: ports.clock.elapsedMs() - start, arguments: given };
  const done: Refreshed = { run: number, release: mark.release, nodes, ms: run.ms };
  if (!result.ok) {
    await s.append({ is: 'run', number, sha: mark.sha, ok: false, ...run });
    const failures = result.results.filter(({ status }) => status === 'error' || status === 'fail').map(failureOf);
    fail('DBT_FAILED', { release: mark.release, failures, log: 'dbt.log' });
  }
  if (where.on === 'live') {
    await s.append({ is: 'run', number, sha: mark.sha, ok: true, ...run });
    return done;
  }
  const seal = await retrying(
    ports,
    () => ports.warehouse.seal(releaseOf(number), plan.idle, held.fence()),
    held.signal,
  );
  const scope = [...plan.live, ...seal.sides];
  const catalog = await retrying(ports, () => ports.warehouse.catalog(scope, { bare: true }), held.signal);
  const { release, content } = mark;
  const cutover = planCutover({
    plan,
    release,
    content,
    seal,
    catalog,
    traits: ports.warehouse.traits,
    previous: mark,
    back: mark.back,
    fence: held.fence(),
    lineage: held.head().lineage,
    now: ports.clock.now(),
  });
  // Same release, same way back: only the rows are new.
  const same = { ...cutover, mark: { ...cutover.mark, sha: mark.sha, previous: mark.previous } };
  await phase(ports, 'cutover', `run ${number}`, () =>
    cutOver(s, same, { seal, live: look }, { kind: 'refresh', run }),
  );
  const replaced = (await retrying(ports, () => ports.warehouse.kept())).filter((side) => side.release === content);
  await retrying(ports, () => ports.warehouse.remove(replaced));
  return done;
}
