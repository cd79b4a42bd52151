import * as z from 'zod';
import { resume as goOn } from '../../engine/resume.ts';
import { rendered } from '../render/document.ts';
import { outcomeDocument, outcomeRendering } from '../render/outcome.ts';
import { saidRendering } from '../render/said.ts';
import { verb } from '../verb.ts';

export const resume = verb({
  name: 'resume',
  summary: 'bring to an end what a killed command left',
  about: `Goes on with what was under way when its command died: finishes a cutover that readers may see half of, builds
a side anew that was half built, finishes a watch. Safe at any time; with nothing under way it changes nothing.`,
  arguments: [],
  options: [],
  examples: [['lastgreen resume', 'after exit status 7, or a killed job']],
  input: z.object({}),
  async run(context) {
    const { ports, environment } = await context.open();
    const name = environment.settings.environment;
    const done = await goOn(ports, { signal: context.io.signal });
    if (done) return rendered(outcomeRendering, outcomeDocument('resume', name, done, context.typed));
    return rendered(saidRendering, {
      schema: 'lastgreen/said/1',
      environment: name,
      outcome: 'nothing-to-do',
      exit: 0,
      command: 'resume',
      release: null,
      says: 'Nothing was under way.',
      next: context.typed('lastgreen status'),
    });
  },
});
