import { fail } from '../domain/errors.ts';
import { type NodeId, type ReleaseId, releaseOf } from '../domain/ids.ts';
import { planCutover } from '../planning/cutover.ts';
import { planRefresh } from '../planning/refresh.ts';
import { keepWork } from './artifacts.ts';
import { cutOver } from './cutover.ts';
import { phase } from './phase.ts';
import { retrying } from './retry.ts';
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
  await askTests(s, work, release);
  await keepWork(s, release, work);
  const catalog = await retrying(ports, () => ports.warehouse.catalog(plan.live), held.signal);
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
async function askTests(s: Session, { plan, manifests, checkout }: Work, release: ReleaseId): Promise<void> {
  const { ports, held } = s;
  if (plan.tests.length === 0) return;
  const catalog = await retrying(ports, () => ports.warehouse.catalog(plan.live), held.signal);
  const where = planRefresh({ traits: ports.warehouse.traits, sides: ports.sides, catalog });
  if (where.on === 'idle')
    await retrying(
      ports,
      () => ports.warehouse.fill(where.fills, { fence: held.fence(), signal: held.signal }),
      held.signal,
    );
  const { vars, threads, timeoutMs } = ports.settings.build;
  const { results } = await phase(ports, 'build', `dbt runs ${plan.tests.length} changed tests`, () =>
    ports.dbt.build(checkout, where.on, {
      select: plan.tests,
      defer: new Map(),
      manifest: { manifest: manifests[where.on], raw: manifests.raw[where.on] },
      vars,
      threads,
      timeoutMs,
      arguments: ['test'],
      signal: held.signal,
      on: (progress) => ports.report({ is: 'node', progress }),
    }),
  );
  const passed = new Set(results.filter(({ status }) => status === 'pass' || status === 'warn').map(({ id }) => id));
  const failed = plan.tests.filter((id) => !passed.has(id));
  if (failed.length === 0) return;
  const message = (id: NodeId) => results.find((result) => result.id === id)?.message ?? 'it did not run';
  await s.append({ is: 'rejected', release, failed, because: 'changed tests do not hold for what is live' });
  fail('REJECTED', { release, failed: failed.map((id) => `${id} (${message(id)})`) });
}
