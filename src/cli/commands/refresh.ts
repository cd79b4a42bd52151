import * as z from 'zod';
import { refreshGated, refresh as run } from '../../engine/refresh.ts';
import { rendered } from '../render/document.ts';
import { outcomeDocument, outcomeRendering } from '../render/outcome.ts';
import { refreshedRendering } from '../render/refreshed.ts';
import { flag, verb } from '../verb.ts';

export const refresh = verb({
  name: 'refresh',
  summary: 'run the commit that is live again; ships no code',
  about: `What a scheduled job runs: dbt on the commit that is live (never the newest one), with that release's packages.
What follows -- goes to dbt. With --gated it is a release of the same commit: built on the idle side, gated, cut over.`,
  arguments: [{ name: '[arguments...]', about: 'for dbt, after --' }],
  options: [{ flags: '--gated', about: 'build on the idle side and ask the gates first' }],
  examples: [
    ['lastgreen refresh', 'everything'],
    ['lastgreen refresh -- --select tag:hourly', 'a part'],
    ['lastgreen refresh --gated', 'only if the gates agree'],
  ],
  input: z.object({ gated: flag, arguments: z.array(z.string()).default([]) }),
  async run(context, { gated, arguments: given }) {
    const { ports, environment } = await context.open();
    const name = environment.settings.environment;
    const options = { gated, arguments: given, signal: context.io.signal };
    if (gated) {
      const done = await refreshGated(ports, options);
      return rendered(outcomeRendering, outcomeDocument('refresh', name, done, context.typed));
    }
    const { run: number, release, nodes, ms } = await run(ports, options);
    return rendered(refreshedRendering, {
      schema: 'lastgreen/refreshed/1',
      environment: name,
      outcome: 'refreshed',
      exit: 0,
      run: number,
      release,
      arguments: given,
      nodes,
      ms,
      next: context.typed('lastgreen status'),
    });
  },
});
