import { fail } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { type Answer, outcome } from '../domain/verdict.ts';
import { readKept } from './artifacts.ts';
import { ask, blocking, sentence } from './gating.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { publishLastGreen } from './record.ts';
import { records } from './records.ts';
import { throwIfAborted } from './retry.ts';
import { takeBack } from './rollback.ts';
import { withSession } from './session.ts';
import { liveRelations, openSide } from './sides.ts';

export type Watched = 'green' | 'replaced';

/**
 * Asks the live gates at once and until the stored deadline, holding no lease; anyone may call it for a release that
 * is live. Ends green; throws TAKEN_BACK after an automatic swap back, NOT_GREEN when the release stays without being
 * green.
 */
export async function watch(ports: Ports, release: ReleaseId, signal: AbortSignal): Promise<Watched> {
  const store = records(ports);
  const { settings, clock } = ports;
  for (;;) {
    const head = (await store.head())?.head;
    if (head?.live?.release !== release) return 'replaced';
    const { watchUntil } = head.live;
    if (watchUntil === null) return 'green';
    const answers = await phase(ports, 'watch', `live gates, until ${watchUntil}`, () =>
      askLive(ports, release, signal),
    );
    const verdict = outcome(answers);
    if (verdict === 'fail') return taken(ports, release, answers, signal);
    const left = new Date(watchUntil).getTime() - clock.now().getTime();
    if (left <= 0)
      return verdict === 'pass' ? becomeGreen(ports, release, answers, signal) : stays(ports, release, answers, signal);
    throwIfAborted(signal, `${release} is live and not green yet`);
    await clock
      .sleep(Math.min(settings.watch.everyMs, left), signal)
      .catch(() => throwIfAborted(signal, `${release} is live and not green yet`));
  }
}

/** What readers have now, beside what they had before. */
async function askLive(ports: Ports, release: ReleaseId, signal: AbortSignal): Promise<readonly Answer[]> {
  const store = records(ports);
  const plan = await store.plan(release);
  if (!plan || !plan.checks.some((check) => check.at === 'live')) return [];
  const { manifests, results } = await readKept(ports, store, release, plan.baseline?.content ?? null);
  const candidate = await openSide(ports, {
    containers: plan.live,
    relationOf: liveRelations(manifests.live, plan.live),
    look: null,
    signal,
  });
  const before =
    plan.baseline && (await ports.warehouse.kept()).findLast((kept) => kept.release === plan.baseline?.content);
  const current =
    before && manifests.baseline
      ? await openSide(ports, {
          containers: before.containers,
          relationOf: liveRelations(manifests.baseline, plan.live, before.containers),
          look: null,
          signal,
        })
      : null;
  return ask(ports, { plan, manifests, at: 'live', candidate, current, results, direction: 'forward', signal });
}

async function becomeGreen(
  ports: Ports,
  release: ReleaseId,
  answers: readonly Answer[],
  signal: AbortSignal,
): Promise<Watched> {
  return withSession(ports, { command: 'watch', signal }, async (s) => {
    const { live } = s.held.head();
    if (live?.release !== release) return 'replaced';
    if (live.watchUntil === null) return 'green';
    if (answers.length > 0) await s.append({ is: 'gated', release, at: 'live', answers });
    const keptUntil = new Date(ports.clock.now().getTime() + ports.settings.rollback.keepMs).toISOString();
    await s.append({ is: 'green', release, keptUntil });
    await s.held.update((head) => ({ live: head.live && { ...head.live, watchUntil: null } }));
    await publishLastGreen(s);
    return 'green';
  });
}

async function taken(
  ports: Ports,
  release: ReleaseId,
  answers: readonly Answer[],
  signal: AbortSignal,
): Promise<never> {
  const because = blocking(answers).map(sentence).join('; ');
  if (ports.settings.watch.then === 'stay') return stays(ports, release, answers, signal);
  await recordAnswers(ports, release, answers, signal);
  const back = await takeBack(ports, release, because, signal);
  if ('stays' in back) return stays(ports, release, answers, signal, back.stays);
  return fail('TAKEN_BACK', { release, to: back.to, because });
}

const recordAnswers = (
  ports: Ports,
  release: ReleaseId,
  answers: readonly Answer[],
  signal: AbortSignal,
): Promise<void> =>
  withSession(ports, { command: 'watch', signal }, (s) => s.append({ is: 'gated', release, at: 'live', answers }));

/** Live, not green, and held: a person decides. */
async function stays(
  ports: Ports,
  release: ReleaseId,
  answers: readonly Answer[],
  signal: AbortSignal,
  why?: string,
): Promise<never> {
  const because = [blocking(answers).map(sentence).join('; '), why].filter(Boolean).join('; ');
  await withSession(ports, { command: 'watch', signal }, async (s) => {
    if (s.held.head().live?.release !== release) return;
    await s.append({ is: 'gated', release, at: 'live', answers });
    await s.append({ is: 'not-green', release, because });
    await s.append({ is: 'hold', reason: because, release });
    const { user, host } = ports.processes.me;
    await s.held.update(() => ({
      hold: {
        reason: `${release} is live and not green: ${because}`,
        by: `${user}@${host}`,
        since: ports.clock.now().toISOString(),
        reverted: null,
      },
    }));
  });
  return fail('NOT_GREEN', { release, because });
}
