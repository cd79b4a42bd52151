import * as z from 'zod';
import { abort as end } from '../../engine/abort.ts';
import { rendered } from '../render/document.ts';
import { saidRendering } from '../render/said.ts';
import { release, verb } from '../verb.ts';

export const abort = verb({
  name: 'abort',
  summary: 'end a release that readers have not seen',
  about: `Ends what readers have not seen: a build (its command is asked to stop), a release that is verified or waits. Of a
release that readers have seen it says which of resume and rollback is right.`,
  arguments: [{ name: '[release]', about: 'such as r42; the one that is being built or waits when left out' }],
  options: [],
  examples: [
    ['lastgreen abort', 'whatever is on its way'],
    ['lastgreen abort r42', 'this one, or nothing'],
  ],
  input: z.object({ release: release.optional() }),
  async run(context, { release: id }) {
    const { ports, environment } = await context.open();
    const ended = await end(ports, { release: id ?? null, signal: context.io.signal });
    return rendered(saidRendering, {
      schema: 'lastgreen/said/1',
      environment: environment.settings.environment,
      outcome: 'aborted',
      exit: 0,
      command: 'abort',
      release: ended,
      says: `${ended} is aborted; readers never saw it.`,
      next: context.typed('lastgreen status'),
    });
  },
});
