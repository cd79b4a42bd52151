import { describe } from 'vitest';
import { accessFacts } from './facts/access.ts';
import { etagFacts } from './facts/etags.ts';
import { groundIn } from './facts/ground.ts';
import { jobFacts } from './facts/jobs.ts';
import { tableFacts } from './facts/tables.ts';
import { running } from './run.ts';

const found = await running();

/** What lastgreen's way of working stands on and no documentation promises in so many words. */
describe('what the documentation leaves open', () => {
  const ground = groundIn(found, found.prefix);
  etagFacts(ground);
  jobFacts(ground);
  tableFacts(ground);
  accessFacts(ground);
});
