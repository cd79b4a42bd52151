import { fail } from '../domain/errors.ts';
import { releaseOf } from '../domain/ids.ts';
import { planCutover } from '../planning/cutover.ts';
import { keepManifests } from './artifacts.ts';
import type { Work } from './build.ts';
import { cutOver } from './cutover.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';

/**
 * A commit that changes nothing that is built: the mark and both SHAs advance, what readers get and the way back stay
 * as they are.
 */
export async function noOp(s: Session, work: Work): Promise<void> {
  const { ports, held } = s;
  const { plan } = work;
  const mark = s.mark() ?? fail('BUG', { message: 'a no-op with nothing live' });
  if (mark.sha === plan.sha) return;
  const release = releaseOf(held.fence());
  await s.append({
    is: 'started',
    release,
    kind: 'no-op',
    sha: plan.sha,
    subject: plan.subject,
    command: work.command,
    content: mark.content,
  });
  await s.records.putPlan(release, held.fence(), plan);
  await keepManifests(s.records, release, work.manifests);
  const catalog = await retrying(ports, () => ports.warehouse.catalog(plan.live), held.signal);
  const cutover = planCutover({
    plan,
    release,
    content: mark.content,
    seal: null,
    catalog,
    traits: ports.warehouse.traits,
    previous: mark,
    fence: held.fence(),
    lineage: held.head().lineage,
    now: ports.clock.now(),
  });
  await cutOver(s, cutover, { seal: null, live: null }, { kind: 'cutover', run: null });
}
