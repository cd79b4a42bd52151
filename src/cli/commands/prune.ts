import * as z from 'zod';
import { displayName } from '../../domain/relation.ts';
import { prune as letGo } from '../../engine/prune.ts';
import { rendered } from '../render/document.ts';
import { prunedRendering } from '../render/pruned.ts';
import { flag, verb } from '../verb.ts';

export const prune = verb({
  name: 'prune',
  summary: 'delete kept sides and artifacts whose time has passed',
  about: `Deletes kept sides that \`rollback: {keep: ...}\` no longer wants, what adopt set aside as long ago, and artifacts that
\`retention:\` no longer wants. Never what readers have, what waits, or what the last green release needs. The journal stays.`,
  arguments: [],
  options: [{ flags: '--dry-run', about: 'only tell what would be deleted' }],
  examples: [
    ['lastgreen prune --dry-run', 'what would go'],
    ['lastgreen prune --yes', 'from a nightly job'],
  ],
  input: z.object({ dryRun: flag }),
  async run(context, { dryRun }) {
    const { ports, environment } = await context.open();
    const { signal } = context.io;
    const looked = await letGo(ports, { dryRun: true, signal });
    const anything = looked.sides.length + looked.aside.length + looked.releases.length > 0;
    const question = `Delete ${[...looked.sides.map(({ release }) => `the kept side of ${release}`), ...looked.aside.map(({ relation }) => displayName(relation)), ...looked.releases.map((id) => `the artifacts of ${id}`)].join(', ')}?`;
    const go = anything && !dryRun && (await context.confirm(question, true));
    const done = go ? await letGo(ports, { dryRun: false, signal }) : looked;
    return rendered(prunedRendering, {
      schema: 'lastgreen/pruned/1',
      environment: environment.settings.environment,
      outcome: go ? 'pruned' : anything ? 'would-prune' : 'nothing-to-do',
      exit: 0,
      now: ports.clock.now().toISOString(),
      sides: done.sides.map(({ release, bytes }) => ({ release, bytes })),
      staying: done.staying.map(({ side, until }) => ({ release: side.release, bytes: side.bytes, until })),
      aside: [
        ...done.aside.map(({ relation }) => ({ name: displayName(relation), until: null })),
        ...done.asideStaying.map(({ aside, until }) => ({ name: displayName(aside.relation), until })),
      ],
      artifacts: [...done.releases],
      removed: [...done.removed],
      next: context.typed(anything && !go ? 'lastgreen prune' : 'lastgreen status'),
    });
  },
});
