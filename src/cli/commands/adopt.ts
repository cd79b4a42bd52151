import * as z from 'zod';
import { fail } from '../../domain/errors.ts';
import { displayName } from '../../domain/relation.ts';
import { adopt as take } from '../../engine/adopt.ts';
import { rendered } from '../render/document.ts';
import { saidRendering } from '../render/said.ts';
import { short } from '../render/words.ts';
import { flag, verb } from '../verb.ts';

export const adopt = verb({
  name: 'adopt',
  summary: 'take what is live as the first release, building nothing',
  about: `Makes what readers have now the first release: checks that each relation is what this commit builds (kind and
columns), records it, and marks it. Builds nothing; readers notice nothing. Check out the commit that built it first.
With --from, production lies elsewhere and goes on as it is: the target's names get what it has now, and readers move
when they like.`,
  arguments: [],
  options: [
    { flags: '--take-over', about: 'also what another store has released' },
    { flags: '--from <dataset>', about: 'copy what is there, and leave it alone (where readers use views)' },
  ],
  examples: [
    ['lastgreen adopt', 'once, when an environment begins to use lastgreen'],
    ['lastgreen adopt --take-over', 'after the store was lost'],
    ['lastgreen adopt --from analytics', 'the target is a new dataset, and analytics is what readers use today'],
  ],
  input: z.object({ takeOver: flag, from: z.string().min(1).optional() }),
  async run(context, { takeOver, from = null }) {
    const { ports, environment } = await context.open();
    const name = environment.settings.environment;
    const where = ports.sides.live.map((container) => container.location || displayName(container)).join(', ');
    const what = from === null ? `Take ${where}` : `Copy ${from} to ${where}`;
    if (!(await context.confirm(`${what} as the first release of ${name}?`, true)))
      fail('INTERRUPTED', { doing: 'nothing was adopted' });
    const { id, sha, subject } = await take(ports, { takeOver, from, signal: context.io.signal });
    return rendered(saidRendering, {
      schema: 'lastgreen/said/1',
      environment: name,
      outcome: 'adopted',
      exit: 0,
      command: 'adopt',
      release: id,
      says:
        from === null
          ? `${id} is live and green: what was there, as ${short(sha)} ${subject}.`
          : `${id} is live and green in ${where}: what ${from} had, as ${short(sha)} ${subject}. ${from} stays as it is: move readers when you like, and give them rights on ${where}.`,
      next: context.typed('lastgreen plan'),
    });
  },
});
