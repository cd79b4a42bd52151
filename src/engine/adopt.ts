import { fail } from '../domain/errors.ts';
import type { ReleaseRecord } from '../domain/fold.ts';
import { type ReleaseId, releaseOf } from '../domain/ids.ts';
import type { Checkout } from '../git/port.ts';
import { adoptDifferences, planAdoption } from '../planning/adopt.ts';
import { planCutover } from '../planning/cutover.ts';
import { liveNamesOf } from '../planning/guards.ts';
import { keepWork } from './artifacts.ts';
import { cutOver } from './cutover.ts';
import { gather, locating } from './facts.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';
import { type Session, withSession } from './session.ts';
import type { Manifests } from './work.ts';

export interface AdoptOptions {
  /** Take over what another store released. */
  readonly takeOver: boolean;
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
    const release = await adoptIn(s);
    return (await s.history()).releases.get(release) ?? fail('RELEASE_UNKNOWN', { asked: release });
  });
}

async function adoptIn(s: Session): Promise<ReleaseId> {
  const checkout = await s.ports.git.head();
  try {
    return await adoptCheckout(s, checkout);
  } finally {
    await checkout[Symbol.asyncDispose]();
  }
}

async function adoptCheckout(s: Session, checkout: Checkout): Promise<ReleaseId> {
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
  const differences = adoptDifferences(manifests.live, facts.catalog, (relation) => locating(ports)(relation, 'live'));
  if (differences.length > 0) fail('ADOPT_REFUSED', { differences });
  const plan = planAdoption(facts);
  const release = releaseOf(held.fence());
  await s.append({ is: 'started', release, kind: 'adopt', sha: plan.sha, subject: plan.subject, command: 'adopt' });
  await keepWork(s, release, { plan, manifests, checkout });
  const names = liveNamesOf(manifests.live, locating(ports));
  const seal = await retrying(ports, () => ports.warehouse.adopt(release, plan.live, held.fence(), names), held.signal);
  await s.append({ is: 'sealed', release, seal });
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
  await phase(ports, 'cutover', release, () =>
    cutOver(s, cutover, { seal: null, live: null }, { kind: 'cutover', run: null }),
  );
  return release;
}
