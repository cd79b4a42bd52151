import type { Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Checkout } from '../git/port.ts';
import { planRebuild } from '../planning/rebuild.ts';
import type { RollbackPlan } from '../planning/rollback.ts';
import { build } from './build.ts';
import { baselineOf, gather } from './facts.ts';
import { phase } from './phase.ts';
import { promote } from './promote.ts';
import type { Session } from './session.ts';
import type { Manifests, Work } from './work.ts';

/** Builds an earlier green commit again, from git or from the release's own archive, and cuts over to it. */
export async function rebuildBack(
  s: Session,
  mark: Mark,
  plan: Extract<RollbackPlan, { is: 'rebuild' }>,
  subject: string,
): Promise<ReleaseId> {
  const { ports, held } = s;
  const checkout = await sourceOf(s, plan.target, plan.sha);
  try {
    const [live, idle] = await phase(ports, 'plan', `${plan.target} at ${plan.sha.slice(0, 8)} again`, () =>
      Promise.all([ports.dbt.parse(checkout, 'live', held.signal), ports.dbt.parse(checkout, 'idle', held.signal)]),
    );
    const base = await baselineOf(ports, mark);
    const manifests: Manifests = {
      raw: { live: live.raw, idle: idle.raw },
      live: live.manifest,
      idle: idle.manifest,
      baseline: base.manifest,
    };
    const o = {
      mark,
      hmacKey: held.head().hmacKey,
      select: null,
      signal: held.signal,
      kind: 'deploy',
      command: 'rollback',
    } as const;
    const facts = await gather(ports, { ...o, checkout, manifests, base, selected: [], catalog: null });
    const work: Work = {
      plan: planRebuild({ ...facts, subject }, plan),
      manifests,
      checkout,
      kind: 'rollback',
      command: 'rollback',
      back: { to: plan.target, from: mark.release, strategy: 'rebuild', others: plan.others },
    };
    const built = await build(s, work, { supersede: true });
    if (built.state === 'waiting')
      fail('WAITING', {
        release: built.release,
        on: built.answers
          .filter((answer) => answer.verdict.verdict === 'inconclusive')
          .map((answer) => answer.check.id),
      });
    await promote(s, built.release, { accept: [], reason: null });
    return built.release;
  } finally {
    await checkout[Symbol.asyncDispose]();
  }
}

/** What a release was made of, with its packages: the archive that it kept; git where there is none. */
export async function sourceOf(s: Session, content: ReleaseId, sha: Mark['sha']): Promise<Checkout> {
  const archive = await s.records.artifact(content, 'source.tar.gz');
  if (!archive) return s.ports.git.worktree(sha);
  const record = (await s.history()).releases.get(content);
  return s.ports.git.unpack(archive, sha, record?.subject ?? '');
}
