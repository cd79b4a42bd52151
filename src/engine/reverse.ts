import { reverseChanges } from '../domain/change.ts';
import type { CutoverPlan } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { type ReleaseId, releaseOf } from '../domain/ids.ts';
import { areApart } from '../domain/observe.ts';
import { displayName } from '../domain/relation.ts';
import { cutOver } from './cutover.ts';
import { refuseForeign } from './progress.ts';
import type { Unfinished } from './reconcile.ts';
import { recordReversing } from './record.ts';
import type { Session } from './session.ts';

/**
 * Takes a cutover back that stopped in the middle: the changes that were made, reversed. A rollback that stopped in
 * the middle is finished instead: forward is the way back.
 */
export async function reverseUnfinished(
  s: Session,
  { cutover, observation }: Unfinished,
): Promise<{ release: ReleaseId; from: ReleaseId; to: ReleaseId }> {
  if (!areApart(cutover.changes)) refuseForeign(cutover, observation);
  for (const name of observation.foreign)
    s.ports.report({ is: 'note', text: `${displayName(name)} stays as somebody else left it.` });
  const history = await s.history();
  const record = history.releases.get(cutover.release);
  const guard = { seal: null, live: null, partly: true };
  if (record?.back) {
    const changes = observation.state === 'foreign' ? observation.todo : cutover.changes;
    await cutOver(s, { ...cutover, changes, mark: { ...cutover.mark, fence: s.held.fence() } }, guard, {
      kind: 'rollback',
      run: null,
    });
    return { release: cutover.release, from: record.back.from, to: record.back.to };
  }
  const previous =
    cutover.mark.previous ??
    fail('NO_WAY_BACK', {
      asked: 'what was live before',
      because: ['nothing was live before the first release: resume it'],
      forward: true,
    });
  const release = releaseOf(s.held.fence());
  const changes = reverseChanges(observation.done);
  const back = { to: previous.content, from: cutover.release, strategy: 'swap' };
  await s.append({
    is: 'started',
    release,
    kind: 'rollback',
    sha: previous.sha,
    subject: `back to ${previous.content}: its successor stopped in the middle`,
    command: 'rollback',
    back,
  });
  await recordReversing(s, cutover.release, release);
  const reversed: CutoverPlan = {
    release,
    changes,
    visible: changes.length,
    kept: cutover.kept,
    mark: {
      ...cutover.mark,
      release,
      fence: s.held.fence(),
      content: previous.content,
      sha: previous.sha,
      back: true,
      token: null,
      previous: { release: cutover.release, content: cutover.release, sha: cutover.mark.sha },
      at: s.ports.clock.now().toISOString(),
    },
  };
  const { fence } = s.held.head().inFlight ?? cutover.mark;
  await cutOver(s, reversed, guard, { kind: 'rollback', run: null, reverses: { release: cutover.release, fence } });
  return { release, from: cutover.release, to: previous.content };
}

/** Where taking an unfinished cutover back leads, for those who only ask. */
export function wayBack({ cutover }: Unfinished): { from: ReleaseId; to: ReleaseId } {
  const { mark, release } = cutover;
  return mark.back
    ? { from: mark.previous?.release ?? release, to: mark.content }
    : { from: release, to: mark.previous?.content ?? release };
}
