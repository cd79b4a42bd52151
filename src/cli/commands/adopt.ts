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
columns), records it, and marks it. Builds nothing; readers notice nothing. Check out the commit that built it first.`,
  arguments: [],
  options: [{ flags: '--take-over', about: 'also what another store has released' }],
  examples: [
    ['lastgreen adopt', 'once, when an environment begins to use lastgreen'],
    ['lastgreen adopt --take-over', 'after the store was lost'],
  ],
  input: z.object({ takeOver: flag }),
  async run(context, { takeOver }) {
    const { ports, environment } = await context.open();
    const name = environment.settings.environment;
    const where = ports.sides.live.map((container) => container.location || displayName(container)).join(', ');
    if (!(await context.confirm(`Take ${where} as the first release of ${name}?`, true)))
      fail('INTERRUPTED', { doing: 'nothing was adopted' });
    const { id, sha, subject } = await take(ports, { takeOver, signal: context.io.signal });
    return rendered(saidRendering, {
      schema: 'lastgreen/said/1',
      environment: name,
      outcome: 'adopted',
      exit: 0,
      command: 'adopt',
      release: id,
      says: `${id} is live and green: what was there, as ${short(sha)} ${subject}.`,
      next: context.typed('lastgreen plan'),
    });
  },
});
