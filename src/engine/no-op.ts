import { fail } from '../domain/errors.ts';
import { type ReleaseId, releaseOf } from '../domain/ids.ts';
import { counted } from '../gates/words.ts';
import { planCutover } from '../planning/cutover.ts';
import { planRefresh } from '../planning/refresh.ts';
import { keepWork } from './artifacts.ts';
import { cutOver } from './cutover.ts';
import { recordingFailure } from './failures.ts';
import { gateSide } from './gate-side.ts';
import { objections } from './gating.ts';
import { retrying } from './retry.ts';
import { startDbt } from './run-dbt.ts';
import type { Session } from './session.ts';
import type { Work } from './work.ts';

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
  await recordingFailure(s, release, () => askTests(s, work, release));
  await keepWork(s, release, work);
  const catalog = await retrying(ports, () => ports.warehouse.catalog(plan.live, { bare: true }), held.signal);
  const cutover = planCutover({
    plan,
    release,
    content: mark.content,
    seal: null,
    catalog,
    traits: ports.warehouse.traits,
    previous: mark,
    back: false,
    fence: held.fence(),
    lineage: held.head().lineage,
    now: ports.clock.now(),
  });
  // The way back is that of the release whose content stays.
  const same = { ...cutover, mark: { ...cutover.mark, previous: mark.previous } };
  await cutOver(s, same, { seal: null, live: null }, { kind: 'cutover', run: null });
}

/** Tests that changed are asked of what readers have; where a writer would exclude them, of a copy. */
async function askTests(s: Session, work: Work, release: ReleaseId): Promise<void> {
  const { ports, held } = s;
  const { plan, manifests, checkout } = work;
  if (plan.tests.length === 0) return;
  const catalog = await retrying(ports, () => ports.warehouse.catalog(plan.live, { bare: true }), held.signal);
  const where = planRefresh({ traits: ports.warehouse.traits, sides: ports.sides, catalog });
  if (where.on === 'idle')
    await retrying(
      ports,
      () => ports.warehouse.fill(where.fills, { fence: held.fence(), signal: held.signal }),
      held.signal,
    );
  const detail = `dbt runs ${counted(plan.tests.length, 'changed test')}`;
  const start = { checkout, manifests, side: where.on, select: plan.tests, arguments: ['test'], detail };
  const { results } = await startDbt(s, start);
  const answers = await gateSide(s, work, release, {
    at: 'built',
    seal: null,
    catalog: null,
    look: null,
    lookedAt: ports.clock.now(),
    results,
  });
  const failed = objections(answers);
  if (failed.length > 0) fail('REJECTED', { release, failed });
}
