import { fail, LastgreenError } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import { exchangesAll } from '../domain/plan.ts';
import { type Answer, outcome, shortly } from '../domain/verdict.ts';
import { counted } from '../gates/words.ts';
import { heldNames } from '../planning/hold.ts';
import { readKept } from './artifacts.ts';
import { ask, objections } from './gating.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { publishLastGreen } from './record.ts';
import { records } from './records.ts';
import { withSession } from './session.ts';
import { earlierRelations, liveRelations, openSide, withAsked } from './sides.ts';
import { takeBack } from './take-back.ts';

export type Watched = 'green' | 'replaced';

/**
 * Asks the live gates at once and until the stored deadline, holding no lease; anyone may call it for a release that
 * is live. Ends green; throws TAKEN_BACK after an automatic swap back, NOT_GREEN when the release stays without being
 * green, INTERRUPTED while it is not green yet.
 */
export async function watch(ports: Ports, release: ReleaseId, signal: AbortSignal): Promise<Watched> {
  try {
    return await watchOn(ports, release, signal);
  } catch (error) {
    if (signal.aborted && (!(error instanceof LastgreenError) || error.code === 'INTERRUPTED'))
      fail('INTERRUPTED', {
        doing: `${release} is live and not green yet`,
        next: `lastgreen promote ${release} --watch`,
      });
    throw error;
  }
}

async function watchOn(ports: Ports, release: ReleaseId, signal: AbortSignal): Promise<Watched> {
  const begun = await watchedNow(ports, release);
  if (typeof begun === 'string') return begun;
  const told = { detail: 'live gates', until: begun.until };
  const ended = await phase(ports, 'watch', told, () => askInRounds(ports, release, begun.until, signal), summary);
  if ('watched' in ended) return ended.watched;
  const { answers } = ended;
  switch (outcome(answers)) {
    case 'fail':
      return taken(ports, release, answers, signal);
    case 'pass':
      return becomeGreen(ports, release, answers, signal);
    case 'inconclusive':
      return stays(ports, release, answers, signal);
  }
}

/** Until when (ISO time) a release is watched, or how its watch has ended. */
async function watchedNow(ports: Ports, release: ReleaseId): Promise<Watched | { readonly until: string }> {
  const live = (await records(ports).head())?.head.live;
  if (live?.release !== release) return 'replaced';
  return live.watchUntil === null ? 'green' : { until: live.watchUntil };
}

/** How often the gates were asked, with the last answers; or that somebody else ended the watch. */
type Rounds = { readonly rounds: number; readonly answers: readonly Answer[] } | { readonly watched: Watched };

async function askInRounds(ports: Ports, release: ReleaseId, until: string, signal: AbortSignal): Promise<Rounds> {
  const { settings, clock } = ports;
  for (let n = 1; ; n++) {
    const answers = await askLive(ports, release, signal);
    ports.report({ is: 'round', n });
    const left = new Date(until).getTime() - clock.now().getTime();
    if (outcome(answers) === 'fail' || left <= 0) return { rounds: n, answers };
    await clock.sleep(Math.min(settings.watch.everyMs, left), signal);
    const now = await watchedNow(ports, release);
    if (typeof now === 'string') return { watched: now };
  }
}

/** `3 rounds, all pass`. */
function summary(ended: Rounds): string {
  if ('watched' in ended) return ended.watched === 'green' ? 'it is green already' : 'another release is live';
  const { rounds, answers } = ended;
  if (answers.length === 0) return 'there are no live gates';
  const others = (['warn', 'inconclusive', 'error', 'fail'] as const).flatMap((verdict) => {
    const n = answers.filter((answer) => answer.verdict.verdict === verdict).length;
    return n > 0 ? [`${n} ${verdict}`] : [];
  });
  return `${counted(rounds, 'round')}, ${others.join(', ') || 'all pass'}`;
}

/** What readers have now, beside what they had before. */
async function askLive(ports: Ports, release: ReleaseId, signal: AbortSignal): Promise<readonly Answer[]> {
  const store = records(ports);
  const plan = await store.plan(release);
  if (!plan || !plan.checks.some((check) => check.at === 'live')) return [];
  const { manifests, results } = await readKept(ports, store, release, plan.baseline?.content ?? null);
  const nowOf = liveRelations(manifests.live, plan.live);
  const candidate = await openSide(ports, {
    containers: withAsked(plan.live, plan.checks, nowOf),
    relationOf: nowOf,
    look: null,
    signal,
  });
  const stays = !exchangesAll(plan.exchange);
  const kept = (await ports.warehouse.kept()).findLast((one) => one.release === plan.baseline?.content)?.containers;
  // A release that only adds relations displaces nothing, and all that was live before still is.
  const before = kept ?? (stays && plan.baseline ? [] : null);
  const thenOf = before && manifests.baseline && earlierRelations(plan, manifests.baseline, before);
  const current =
    before && thenOf
      ? await openSide(ports, {
          containers: withAsked(stays ? [...before, ...plan.live] : before, plan.checks, thenOf),
          relationOf: thenOf,
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
  if (ports.settings.watch.then === 'stay') return stays(ports, release, answers, signal);
  await recordAnswers(ports, release, answers, signal);
  const failed = objections(answers);
  const back = await takeBack(ports, release, failed.map(shortly).join(', '), signal);
  if ('stays' in back) return stays(ports, release, answers, signal, back.stays);
  const hold = (await records(ports).head())?.head.hold;
  return fail('TAKEN_BACK', { release, to: back.to, failed, held: hold ? heldNames(hold) : null });
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
  why: string | null = null,
): Promise<never> {
  const failed = objections(answers);
  const because = [...failed.map(shortly), ...(why === null ? [] : [why])].join('; ');
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
  return fail('NOT_GREEN', { release, failed, stays: why });
}
