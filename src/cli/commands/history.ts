import * as z from 'zod';
import type { History, ReleaseRecord, RunRecord } from '../../domain/fold.ts';
import { releaseNumber } from '../../domain/ids.ts';
import { history as past } from '../../engine/history.ts';
import { rendered } from '../render/document.ts';
import { type HistoryDocument, historyRendering } from '../render/history.ts';
import { verb } from '../verb.ts';

const input = z.object({
  limit: z.coerce
    .number({ error: '--limit must be a whole number' })
    .int({ error: '--limit must be a whole number' })
    .positive({ error: '--limit must be 1 or more' })
    .default(20),
});

export const history = verb({
  name: 'history',
  summary: 'the releases and refreshes there have been',
  about: `The releases and refreshes of an environment, newest first: what each was, how it ended, and which one readers
have. Numbers have gaps: every command that changes something takes the next one.`,
  arguments: [],
  options: [{ flags: '--limit <n>', about: 'how many to show (default: 20)' }],
  examples: [
    ['lastgreen history', 'the last 20'],
    ['lastgreen history --limit 200 --json', 'for an audit'],
  ],
  input,
  async run(context, { limit }) {
    const { ports, environment } = await context.open();
    const { history: found, live } = await past(ports);
    return rendered(historyRendering, {
      schema: 'lastgreen/history/1',
      environment: environment.settings.environment,
      outcome: 'done',
      exit: 0,
      now: ports.clock.now().toISOString(),
      entries: entriesOf(found, live?.release ?? null).slice(0, limit),
      next: context.typed(found.order.length === 0 ? 'lastgreen status' : `lastgreen show ${found.order.at(-1)}`),
    });
  },
});

type Entry = HistoryDocument['entries'][number];

function entriesOf(found: History, live: string | null): readonly Entry[] {
  const releases = [...found.releases.values()].map((record) => ({
    number: releaseNumber(record.id),
    entry: ofRelease(record, live, found.lastGreen?.id ?? null),
  }));
  const runs = found.runs.map((run) => ({ number: run.number, entry: ofRun(run) }));
  return [...releases, ...runs].toSorted((a, b) => b.number - a.number).map(({ entry }) => entry);
}

const ofRelease = (record: ReleaseRecord, live: string | null, lastGreen: string | null): Entry => ({
  id: record.id,
  kind: record.kind,
  state: record.state.state,
  sha: record.sha,
  subject: record.subject,
  by: record.by,
  startedAt: record.startedAt,
  liveAt: record.liveAt,
  because:
    record.state.state === 'rejected' && record.state.failed.length > 0
      ? `stopped by ${record.state.failed.join(', ')}`
      : record.because,
  live: record.id === live,
  lastGreen: record.id === lastGreen,
});

const ofRun = (run: RunRecord): Entry => ({
  id: `run ${run.number}`,
  kind: 'refresh',
  state: run.ok ? 'done' : 'failed',
  sha: run.sha,
  subject: ['refresh', ...run.arguments].join(' '),
  by: run.by,
  startedAt: run.at,
  liveAt: null,
  because: null,
  live: false,
  lastGreen: false,
});
