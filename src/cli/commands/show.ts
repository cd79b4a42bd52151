import * as z from 'zod';
import { fail } from '../../domain/errors.ts';
import type { ReleaseRecord } from '../../domain/fold.ts';
import { quoted } from '../../domain/shell.ts';
import { history, show as read, taken } from '../../engine/history.ts';
import { answerOf } from '../render/answers.ts';
import { rendered } from '../render/document.ts';
import { plannedOf } from '../render/plan.ts';
import { showRendering } from '../render/show.ts';
import { tell } from '../story.ts';
import { release, verb } from '../verb.ts';

export const show = verb({
  name: 'show',
  summary: 'all that is known of one release',
  about: `What a release was to do, what happened to it, and what each gate said. Needs the store; the warehouse only tells what
the release took, where somebody pays for that.`,
  arguments: [{ name: '[release]', about: 'such as r42; the newest when left out' }],
  options: [],
  examples: [
    ['lastgreen show r42', 'why r42 was stopped'],
    ['lastgreen show --json', 'the newest, for a program'],
  ],
  input: z.object({ release: release.optional() }),
  async run(context, { release: asked }) {
    const { ports, environment } = await context.open();
    const id = asked ?? (await history(ports)).history.order.at(-1);
    if (id === undefined) fail('USAGE', { message: 'Nothing was released yet.', next: 'lastgreen status' });
    const { record, plan } = await read(ports, id);
    const took = await taken(ports, record);
    const now = ports.clock.now().toISOString();
    return rendered(showRendering, {
      schema: 'lastgreen/show/1',
      environment: environment.settings.environment,
      outcome: record.state.state,
      exit: 0,
      now,
      release: releaseOf(record),
      story: record.entries.map((entry) => ({
        at: entry.at,
        event: entry.event.is,
        says: tell(entry, now),
        by: entry.by,
      })),
      answers: record.answers.map(answerOf),
      plan: plan && plannedOf(plan),
      took: took && { costs: [...took.costs], because: took.because },
      next: context.typed(nextOf(record)),
    });
  },
});

const releaseOf = (record: ReleaseRecord) => ({
  id: record.id,
  kind: record.kind,
  state: record.state.state,
  sha: record.sha,
  subject: record.subject,
  content: record.content,
  command: record.command,
  by: record.by,
  because: record.because,
  back: record.back && { ...record.back, others: [...(record.back.others ?? [])] },
  built: record.built,
  cutover: record.cutover,
  failure: record.failure,
});

function nextOf({ id, state, because }: ReleaseRecord): string {
  switch (state.state) {
    case 'verified':
      return `lastgreen promote ${id}`;
    case 'waiting':
      return `lastgreen promote ${id} --accept ${quoted(state.on[0] ?? 'CHECK')} --reason TEXT`;
    case 'live':
      return because === null ? `lastgreen promote ${id} --watch` : 'lastgreen rollback';
    case 'cutting':
    case 'reversing':
      return 'lastgreen resume';
    case 'rejected':
      return 'lastgreen deploy (once that is fixed)';
    default:
      return 'lastgreen status';
  }
}
