import type { Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { type History, isGreenInHistory, type ReleaseRecord } from '../domain/fold.ts';
import { type ReleaseId, releaseNumber } from '../domain/ids.ts';

export interface Asked {
  readonly to: ReleaseId | null;
  readonly at: Date | null;
  /** null: the fastest valid one. */
  readonly strategy: 'swap' | 'time-travel' | 'rebuild' | null;
  /** Names or ids of nodes, or names of relations, whose rows may be lost; `all`. */
  readonly acceptLoss: readonly string[];
}

export interface TargetFacts {
  readonly asked: Asked;
  readonly history: History;
  readonly mark: Mark;
  /** Whether rows of an earlier time can be had, so that going back within one release is something. */
  readonly travels?: boolean;
}

export interface Target {
  /** The content to go back to. */
  readonly target: ReleaseId;
  /** Readers have it already. */
  readonly alreadyBack: boolean;
}

/**
 * Where a rollback goes: what was asked for, else the newest green release, not reverted, that is older than live's
 * content. Throws RELEASE_UNKNOWN, NO_WAY_BACK.
 */
export function chooseTarget({ asked, history, mark, travels = false }: TargetFacts): Target {
  if (asked.to !== null) return isLive(asked, mark, named(asked.to, history));
  if (asked.at !== null) return atTime(asked, asked.at, { history, mark, travels });
  if (mark.back) return isLive(asked, mark, mark.content);
  const target = defaultTarget(history, mark.content);
  if (!target)
    fail('NO_WAY_BACK', { asked: 'an earlier release', because: [`no release before ${mark.content} is green`] });
  return isLive(asked, mark, target.content);
}

/** The newest green release, not reverted, whose content is older than what is live; null when there is none. */
export function defaultTarget(history: History, content: ReleaseId): ReleaseRecord | null {
  const older = [...history.order].toReversed().flatMap((id) => history.releases.get(id) ?? []);
  const found = older.find(
    (record) =>
      releaseNumber(record.id) < releaseNumber(content) && record.content !== content && isGreenInHistory(record),
  );
  return found ?? null;
}

/** Building what is live once more is no standing still. */
const isLive = (asked: Asked, mark: Mark, target: ReleaseId): Target => ({
  target,
  alreadyBack: target === mark.content && asked.strategy !== 'rebuild',
});

function named(to: ReleaseId, history: History): ReleaseId {
  const record = history.releases.get(to) ?? fail('RELEASE_UNKNOWN', { asked: to });
  if (record.liveAt === null) fail('NO_WAY_BACK', { asked: to, because: [`${to} was never live`] });
  return record.content;
}

/** Everything that was ever in front of readers, oldest first. */
const cutovers = (history: History): readonly (ReleaseRecord & { readonly liveAt: string })[] =>
  [...history.releases.values()]
    .flatMap((record) => (record.liveAt === null ? [] : [{ ...record, liveAt: record.liveAt }]))
    .toSorted((a, b) => Date.parse(a.liveAt) - Date.parse(b.liveAt) || releaseNumber(a.id) - releaseNumber(b.id));

/** The last completed cutover at or before a time says what was live then. */
function atTime(
  asked: Asked,
  at: Date,
  { history, mark, travels }: Required<Pick<TargetFacts, 'history' | 'mark' | 'travels'>>,
): Target {
  const found = cutovers(history).findLast((record) => Date.parse(record.liveAt) <= at.getTime());
  if (!found) fail('NO_WAY_BACK', { asked: at, because: ['nothing was live then'] });
  if (travels && found.content === mark.content) return { target: found.content, alreadyBack: false };
  const refreshed = history.runs.find((run) => Date.parse(run.at) > at.getTime());
  if (found.content === mark.content && refreshed && asked.strategy !== 'rebuild')
    fail('NO_WAY_BACK', {
      asked: at,
      because: [
        `${found.content} was live then and is now; run ${refreshed.number} wrote to it since, and only time travel could undo that`,
      ],
    });
  return isLive(asked, mark, found.content);
}

/**
 * The releases whose cutovers lie between the target's content and what is live, newest first; the last of them
 * displaced the target.
 */
export function releasesSince(
  target: ReleaseId,
  history: History,
): readonly (ReleaseRecord & { readonly liveAt: string })[] {
  const all = cutovers(history);
  const last = all.findLastIndex((record) => record.content === target);
  return all.slice(last + 1).toReversed();
}

/** The releases whose cutovers came after a time, newest first. */
export const releasesAfter = (at: Date, history: History): ReturnType<typeof releasesSince> =>
  cutovers(history)
    .filter(({ liveAt }) => Date.parse(liveAt) > at.getTime())
    .toReversed();
