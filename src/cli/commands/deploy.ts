import { deploy as ship } from '../../engine/deploy.ts';
import { buildInput, buildOptions, deployOptions } from '../building.ts';
import { rendered } from '../render/document.ts';
import { outcomeDocument, outcomeRendering } from '../render/outcome.ts';
import { verb } from '../verb.ts';

export const deploy = verb({
  name: 'deploy',
  summary: 'build, verify, cut over and watch a release',
  about: `Ships the commit in the work tree: builds it on the idle side, asks the gates, gives it to readers, and asks the
live gates for as long as the watch lasts. Before the cutover nothing that readers have is touched; a live gate that
fails takes the release back.`,
  arguments: [],
  options: [...buildOptions, { flags: '--during-watch', about: 'replace a release that is still being watched' }],
  examples: [
    ['lastgreen deploy', 'ship HEAD'],
    ['lastgreen deploy --plan plan.json', 'ship exactly what was reviewed'],
    ['lastgreen deploy --env prod --log-format json', 'from CI'],
  ],
  input: buildInput,
  async run(context, input) {
    const { ports, environment } = await context.open();
    const done = await ship(ports, await deployOptions(context, 'deploy', input));
    return rendered(outcomeRendering, outcomeDocument('deploy', environment.settings.environment, done, context.typed));
  },
});
