import type { Seal } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { ReleaseRecord } from '../domain/fold.ts';
import { type ReleaseId, releaseOf } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Plan } from '../domain/plan.ts';
import type { Relation } from '../domain/relation.ts';
import { unseen } from '../domain/release.ts';
import type { Checkout } from '../git/port.ts';
import { adoptDifferences, planAdoption } from '../planning/adopt.ts';
import { planCutover } from '../planning/cutover.ts';
import { liveNamesOf } from '../planning/guards.ts';
import { schemasOf } from '../planning/strategies/strategy.ts';
import type { Elsewhere } from '../warehouse/port.ts';
import { keepWork } from './artifacts.ts';
import { cutOver, driftedIn, NotCut } from './cutover.ts';
import { gather, locating } from './facts.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { foreseen, retrying } from './retry.ts';
import { type Session, withSession } from './session.ts';
import type { Manifests } from './work.ts';

export interface AdoptOptions {
  /** Take over what another store released. */
  readonly takeOver: boolean;
  /** Where the production is, if not where readers will have it, such as another dataset: that goes on as it is. */
  readonly from: string | null;
  readonly signal: AbortSignal;
}

/**
 * Records what is live as a release of the work tree's commit: parses it for every side, compares kinds and columns,
 * marks, builds nothing. Throws ADOPT_REFUSED naming every difference.
 */
export function adopt(ports: Ports, o: AdoptOptions): Promise<ReleaseRecord> {
  return withSession(ports, { command: 'adopt', signal: o.signal, takeOver: o.takeOver }, async (s) => {
    const mark = s.mark();
    if (mark && mark.lineage === s.held.head().lineage)
      fail('WRONG_STATE', {
        release: mark.release,
        state: 'live already',
        verb: 'be adopted',
        next: 'lastgreen status',
      });
    const from = o.from === null ? null : (ports.warehouse.elsewhere?.(o.from) ?? fail('USAGE', NO_ELSEWHERE));
    const release = await adoptIn(s, from);
    return (await s.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
  });
}

const NO_ELSEWHERE = {
  message:
    '--from is for warehouses where readers use views over what lastgreen builds: here adopt takes what is under the live names.',
  next: 'lastgreen adopt',
};

async function adoptIn(s: Session, from: Elsewhere | null): Promise<ReleaseId> {
  const checkout = await s.ports.git.head();
  try {
    return await adoptCheckout(s, checkout, from);
  } finally {
    await checkout[Symbol.asyncDispose]();
  }
}

async function adoptCheckout(s: Session, checkout: Checkout, from: Elsewhere | null): Promise<ReleaseId> {
  const { ports, held } = s;
  if (checkout.dirty.length > 0) fail('DIRTY_TREE', { files: checkout.dirty });
  const [live, idle] = await phase(ports, 'parse', 'both sides', () =>
    Promise.all([ports.dbt.parse(checkout, 'live', held.signal), ports.dbt.parse(checkout, 'idle', held.signal)]),
  );
  const manifests: Manifests = {
    raw: { live: live.raw, idle: idle.raw },
    live: live.manifest,
    idle: idle.manifest,
    baseline: null,
  };
  const o = {
    mark: null,
    hmacKey: held.head().hmacKey,
    select: null,
    signal: held.signal,
    kind: 'deploy',
    command: 'adopt',
  } as const;
  const facts = await gather(ports, { ...o, checkout, manifests, base: null, selected: [], catalog: null });
  const where: Elsewhere = from ?? ((relation) => relation);
  const names = liveNamesOf(manifests.live, locating(ports)).map(where);
  const catalog = from ? await retrying(ports, () => ports.warehouse.catalog(schemasOf(names))) : facts.catalog;
  const differences = adoptDifferences(manifests.live, catalog, (relation) => where(locating(ports)(relation, 'live')));
  if (differences.length > 0) fail('ADOPT_REFUSED', { differences });
  const plan = planAdoption(facts);
  const release = releaseOf(held.fence());
  await s.append({ is: 'started', release, kind: 'adopt', sha: plan.sha, subject: plan.subject, command: 'adopt' });
  await endingUnseen(s, release, async () => {
    await keepWork(s, release, { plan, manifests, checkout });
    await finishAdoption(s, release, { plan, live: manifests.live, ...(from ? { from } : {}) });
  });
  return release;
}

export interface Adopting {
  readonly plan: Plan;
  /** Of the commit, for the live side. */
  readonly live: Manifest;
  /** Where it is, if not under the names that readers will have. */
  readonly from?: Elsewhere;
}

/**
 * Takes what is live, and cuts over to it; what an earlier command had done of that stays done. What somebody writes to meanwhile
 * is taken again. Throws DRIFTED where that goes on.
 */
export async function finishAdoption(s: Session, release: ReleaseId, { plan, live, from }: Adopting): Promise<void> {
  const { ports, held } = s;
  const names = liveNamesOf(live, locating(ports));
  for (let round = 1; ; round++) {
    const seal = await phase(ports, 'prepare', null, () =>
      retrying(ports, () => ports.warehouse.adopt(release, plan.live, held.fence(), names, from), held.signal),
    );
    // One that was stopped in its cutover goes on as one that is cutting.
    const state = (await s.history()).releases.get(release)?.state.state;
    if (state !== 'cutting') {
      // What another store released is what readers have already.
      if (s.mark() === null) await refuseShuttingOut(ports, seal, names);
      await s.append({ is: 'sealed', release, seal });
    }
    try {
      await phase(ports, 'cutover', release, () => cutOverTo(s, release, { plan, seal }));
      return;
    } catch (error) {
      if (!(error instanceof NotCut)) throw error;
      if (!error.drifted) throw foreseen(error.cause);
      const relations = driftedIn(error);
      if (round > ports.settings.drift.rounds) fail('DRIFTED', { relations, rounds: round, verb: 'adopt' });
      ports.report({ is: 'note', text: `${relations.join(', ')} was written to meanwhile: taken again` });
      await held.refence();
      await retrying(ports, () => ports.warehouse.claim(held.fence(), null));
    }
  }
}

/** Throws READERS_SHUT_OUT where what they read now would be refused to them. */
async function refuseShuttingOut(ports: Ports, { sides }: Seal, names: readonly Relation[]): Promise<void> {
  const { readers } = ports.settings.gates.readerAccess;
  const lacks = (await ports.warehouse.readerAccess?.({ from: sides, names, readers })) ?? [];
  const bad = lacks.filter(({ severity }) => severity === 'bad');
  if (bad.length > 0) fail('READERS_SHUT_OUT', { lacks: bad });
}

async function cutOverTo(
  s: Session,
  release: ReleaseId,
  { plan, seal }: { readonly plan: Plan; readonly seal: Seal },
): Promise<void> {
  const { ports, held } = s;
  const scope = [...plan.live, ...seal.sides];
  const catalog = await retrying(ports, () => ports.warehouse.catalog(scope, { bare: true }), held.signal);
  const cutover = planCutover({
    plan,
    release,
    content: release,
    seal,
    catalog,
    traits: ports.warehouse.traits,
    previous: null,
    back: false,
    fence: held.fence(),
    lineage: held.head().lineage,
    now: ports.clock.now(),
  });
  await cutOver(s, cutover, { seal: null, live: null }, { kind: 'cutover', run: null });
}

/** What readers have seen nothing of ends where it fails: the next adopt is another one. */
async function endingUnseen(s: Session, release: ReleaseId, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    const told = (async () => {
      const state = (await s.history()).releases.get(release)?.state.state;
      if (state !== undefined && unseen.has(state)) await s.append({ is: 'aborted', release, because });
    })();
    // The failure itself is what the person is told, also when it could not be written down.
    await told.catch(() => undefined);
    throw error;
  }
}
