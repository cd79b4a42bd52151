import { buildRelease } from '../../engine/deploy.ts';
import { buildInput, buildOptions, deployOptions } from '../building.ts';
import { rendered } from '../render/document.ts';
import { outcomeDocument, outcomeRendering } from '../render/outcome.ts';
import { verb } from '../verb.ts';

export const build = verb({
  name: 'build',
  summary: 'build and verify a release; readers get nothing new',
  about: `Builds the commit in the work tree on the idle side and asks the gates. Ends verified: \`promote\` gives it to
readers. What readers have is untouched, whatever happens.`,
  arguments: [],
  options: buildOptions,
  examples: [
    ['lastgreen build', 'then, when it suits: lastgreen promote'],
    ['lastgreen build --select tag:finance', 'these nodes too'],
    ['lastgreen build --supersede r42', 'instead of r42, which waits'],
  ],
  input: buildInput,
  async run(context, input) {
    const { ports, environment } = await context.open();
    const done = await buildRelease(ports, await deployOptions(context, 'build', input));
    return rendered(outcomeRendering, outcomeDocument('build', environment.settings.environment, done, context.typed));
  },
});
