import * as z from 'zod';
import { examine } from '../doctor.ts';
import { doctorRendering } from '../render/doctor.ts';
import { rendered } from '../render/document.ts';
import { verb } from '../verb.ts';

export const doctor = verb({
  name: 'doctor',
  summary: 'look whether everything that a release needs is there',
  about: `Looks at config, profile, dbt, git, store, the project as dbt parses it for both sides, and the warehouse: rights,
settings, and what would keep a relation from being replaced. Says of each finding what to type. Changes nothing. Exits
2 when something has to be put right.`,
  arguments: [],
  options: [],
  examples: [['lastgreen doctor', 'before the first deploy, and whenever something is odd']],
  input: z.object({}),
  async run(context) {
    const findings = await examine(context);
    const worst = findings.find(({ is }) => is === 'bad');
    const exit = worst ? 2 : 0;
    const told = worst ?? findings.find((one) => one.is === 'warn' && one.next?.startsWith('lastgreen '));
    const document = {
      schema: 'lastgreen/doctor/1' as const,
      environment: context.known().environment ?? '',
      outcome: worst ? 'bad' : 'ready',
      exit,
      findings: [...findings],
      next: context.typed(told?.next ?? 'lastgreen status'),
    };
    return rendered(doctorRendering, document, exit);
  },
});
