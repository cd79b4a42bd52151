import * as z from 'zod';
import { status as ask, type Status } from '../../engine/status.ts';
import { rendered } from '../render/document.ts';
import { type StatusDocument, statusRendering } from '../render/status.ts';
import { situationOf } from '../situation.ts';
import { type Context, verb } from '../verb.ts';

export const status = verb({
  name: 'status',
  summary: 'what readers have now, and what to do next',
  about: `What readers have now, what waits, who is running something, and the one thing to type next. Takes no lease,
changes nothing, and works while store or warehouse are down.`,
  arguments: [],
  options: [],
  examples: [
    ['lastgreen status', 'for people'],
    ['lastgreen status --env prod --json', 'for a dashboard'],
  ],
  input: z.object({}),
  async run(context) {
    const { ports } = await context.open();
    return rendered(statusRendering, documentOf(await ask(ports), context));
  },
});

function documentOf(s: Status, context: Context): StatusDocument {
  const { outcome, says, next } = situationOf(s);
  const store = s.store.up ? s.store.value : null;
  const lastGreen = store?.history.lastGreen ?? null;
  const hold = store?.head?.hold ?? null;
  return {
    schema: 'lastgreen/status/1',
    environment: s.environment,
    outcome,
    exit: 0,
    now: s.now,
    live: liveOf(s),
    back: s.back && { release: s.back.id, until: s.current?.keptUntil ?? null },
    further: s.further && { release: s.further.id, until: s.further.until },
    lastGreen: lastGreen && { release: lastGreen.id, sha: lastGreen.sha },
    candidate: s.candidate && {
      release: s.candidate.id,
      state: s.candidate.state.state,
      since: s.candidate.entries.at(-1)?.at ?? s.candidate.startedAt,
      sha: s.candidate.sha,
    },
    running: s.holder && {
      command: s.holder.command,
      by: s.holder.by,
      since: s.holder.since,
      beatMs: s.holder.ageMs,
      alive: s.holder.alive,
    },
    hold: hold && { reason: hold.reason, by: hold.by, since: hold.since },
    inFlight: s.inFlight && { ...s.inFlight, foreign: [...s.inFlight.foreign] },
    store: { up: s.store.up, because: s.store.up ? null : s.store.because },
    warehouse: { up: s.warehouse.up, because: s.warehouse.up ? null : s.warehouse.because },
    differs: s.differs,
    says,
    next: context.typed(next),
  };
}

function liveOf({ live, current, store }: Status): StatusDocument['live'] {
  // A rollback's own subject only says where it went.
  const content = store.up && live ? store.value.history.releases.get(live.content) : undefined;
  return (
    live && {
      release: live.release,
      content: live.content,
      sha: live.sha,
      subject: content?.subject ?? null,
      by: current?.by ?? null,
      since: current?.liveAt ?? null,
      state: current?.state.state ?? null,
      watchUntil: current?.watchUntil ?? null,
    }
  );
}
