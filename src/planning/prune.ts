import type { History } from '../domain/fold.ts';
import type { Head } from '../domain/head.ts';
import type { ReleaseId } from '../domain/ids.ts';
import type { Settings } from '../domain/settings.ts';
import type { KeptSide, SetAside } from '../warehouse/port.ts';

export interface PruneFacts {
  readonly history: History;
  readonly head: Pick<Head, 'live' | 'candidate'>;
  readonly kept: readonly KeptSide[];
  /** What adoption set aside; nothing when left out. */
  readonly setAside?: readonly SetAside[];
  readonly settings: Pick<Settings, 'rollback' | 'retention'>;
  readonly now: Date;
}

export interface Prunable {
  /** Kept sides whose time to go back has passed. */
  readonly sides: readonly KeptSide[];
  /** Kept sides that stay, with the ISO time until which they do. */
  readonly staying: readonly { readonly side: KeptSide; readonly until: string }[];
  /** What adoption set aside as long ago, and with the ISO time until which the rest of it stays. */
  readonly aside: readonly SetAside[];
  readonly asideStaying: readonly { readonly aside: SetAside; readonly until: string }[];
  /** Releases whose artifacts are not needed any more. */
  readonly releases: readonly ReleaseId[];
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What retention lets go. Never what is live, waits, or is the last green. */
export function prunable(facts: PruneFacts): Prunable {
  const { history, settings, now } = facts;
  const ends = facts.kept.map((side) => ({
    side,
    until: displacedAt(side.release, history, now) + settings.rollback.keepMs,
  }));
  const aside = (facts.setAside ?? []).map((one) => ({
    aside: one,
    until: Date.parse(one.since) + settings.rollback.keepMs,
  }));
  const staying = ends.filter(({ until }) => until > now.getTime());
  const needed = new Set<ReleaseId | undefined>([
    facts.head.live?.release,
    facts.head.live?.content,
    facts.head.candidate ?? undefined,
    history.lastGreen?.id,
    history.lastGreen?.content,
    ...staying.map(({ side }) => side.release),
  ]);
  const newest = new Set(history.order.slice(-settings.retention.releases));
  const youngest = now.getTime() - settings.retention.days * DAY_MS;
  const releases = history.order.filter((id) => {
    const record = history.releases.get(id);
    return record && !needed.has(id) && !newest.has(id) && Date.parse(record.startedAt) < youngest;
  });
  return {
    sides: ends.filter(({ until }) => until <= now.getTime()).map(({ side }) => side),
    staying: staying.map(({ side, until }) => ({ side, until: new Date(until).toISOString() })),
    aside: aside.filter(({ until }) => until <= now.getTime()).map((one) => one.aside),
    asideStaying: aside
      .filter(({ until }) => until > now.getTime())
      .map((one) => ({ aside: one.aside, until: new Date(one.until).toISOString() })),
    releases,
  };
}

/** When the content left live, ms: the cutover that came after its last one. What nobody recorded leaving left now. */
function displacedAt(content: ReleaseId, history: History, now: Date): number {
  const cutovers = [...history.releases.values()]
    .flatMap((record) => (record.liveAt === null ? [] : [{ content: record.content, at: Date.parse(record.liveAt) }]))
    .toSorted((a, b) => a.at - b.at);
  const last = cutovers.findLastIndex((cutover) => cutover.content === content);
  return cutovers[last + 1]?.at ?? now.getTime();
}
