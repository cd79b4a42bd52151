import { fail } from '../domain/errors.ts';
import type { ReleaseRecord } from '../domain/fold.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { finishAdoption } from './adopt.ts';
import { readKept } from './artifacts.ts';
import { build } from './build.ts';
import { cutOver } from './cutover.ts';
import type { Outcome } from './deploy.ts';
import type { Ports } from './ports.ts';
import { refuseForeign } from './progress.ts';
import { promote } from './promote.ts';
import { records } from './records.ts';
import { speaking } from './retry.ts';
import { type Session, withSession } from './session.ts';
import { watch } from './watch.ts';
import type { Work } from './work.ts';

export interface ResumeOptions {
  readonly signal: AbortSignal;
}

/** What was under way when its command died, and how it ended now; null: nothing was. */
export async function resume(ports: Ports, o: ResumeOptions): Promise<Outcome | null> {
  const release = await withSession(ports, { command: 'resume', signal: o.signal, handlesUnfinished: true }, (s) =>
    resumeIn(s),
  );
  if (!release) return null;
  return speaking(async () => {
    const store = records(ports);
    const live = (await store.head())?.head.live;
    if (live?.release === release && live.watchUntil !== null) await watch(ports, release, o.signal);
    const record = (await store.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
    return { release: record, plan: await store.plan(release), measured: record.cutover };
  });
}

async function resumeIn(s: Session): Promise<ReleaseId | null> {
  if (s.unfinished) {
    const { cutover, observation } = s.unfinished;
    refuseForeign(cutover, observation);
    if ((await s.history()).releases.get(cutover.release)?.kind === 'adopt') return resumeAdoption(s, cutover.release);
    // The side was sealed and live was compared before the first change; what is half moved can be compared with neither.
    await cutOver(
      s,
      { ...cutover, mark: { ...cutover.mark, fence: s.held.fence() } },
      { seal: null, live: null, partly: true },
      s.held.head().inFlight ?? { kind: 'cutover', run: null },
    );
    return cutover.release;
  }
  const history = await s.history();
  const { candidate, live } = s.held.head();
  const waiting = candidate && history.releases.get(candidate);
  if (waiting) return continueCandidate(s, waiting);
  return live?.watchUntil ? live.release : null;
}

/** What was written to since it was taken is taken again first: a table that readers still have is nobody's copy yet. */
async function resumeAdoption(s: Session, release: ReleaseId): Promise<ReleaseId> {
  const plan =
    (await s.records.plan(release)) ??
    fail('STORE_CORRUPT', { key: `releases/${release}/plan`, message: 'it is missing' });
  const { manifests } = await readKept(s.ports, s.records, release, null);
  await finishAdoption(s, release, { plan, live: manifests.live });
  return release;
}

/** Nothing half-built is trusted: a build that died starts again at prepare; a deploy goes on to its cutover. */
async function continueCandidate(s: Session, record: ReleaseRecord): Promise<ReleaseId | null> {
  const ships = record.command.startsWith('deploy');
  if (record.state.state === 'building') {
    const work = await workOf(s, record);
    try {
      const built = await build(s, work, { supersede: true, again: record.id });
      if (built.state === 'waiting') return record.id;
    } finally {
      await work.checkout[Symbol.asyncDispose]();
    }
  } else if (record.state.state !== 'verified' || !ships) return null;
  if (ships) await promote(s, record.id, { accept: [], reason: null });
  return record.id;
}

async function workOf(s: Session, record: ReleaseRecord): Promise<Work> {
  const plan = await s.records.plan(record.id);
  if (!plan || plan.baseline?.release !== s.mark()?.release) {
    await s.append({
      is: 'aborted',
      release: record.id,
      because: plan ? 'live has changed since' : 'it died before its plan was written',
    });
    await s.held.update(() => ({ candidate: null }));
    return fail('WRONG_STATE', { release: record.id, state: 'aborted', verb: 'be resumed', next: 'lastgreen deploy' });
  }
  const { manifests } = await readKept(s.ports, s.records, record.id, plan.baseline?.content ?? null);
  const checkout = await s.ports.git.worktree(plan.sha);
  return {
    plan,
    manifests,
    checkout,
    kind: record.kind,
    command: record.command,
    ...(record.back ? { back: record.back } : {}),
  };
}
