import { resolve } from 'node:path';
import * as z from 'zod';
import type { Plan } from '../../domain/plan.ts';
import { quoted } from '../../domain/shell.ts';
import { plan as makePlan } from '../../engine/facts.ts';
import { writePlan } from '../plan-file.ts';
import { planSql } from '../plan-sql.ts';
import { rendered } from '../render/document.ts';
import { plannedOf, planRendering } from '../render/plan.ts';
import { flag, verb } from '../verb.ts';

const input = z.object({
  out: z.string().optional(),
  select: z.string().optional(),
  sql: flag,
  detailedExitcode: flag,
  allowNonFf: flag,
});

export const plan = verb({
  name: 'plan',
  summary: 'what a deploy of this commit would do, and why',
  about: `What a deploy of the commit in the work tree would build, why, with which history and which gates. Changes
nothing and takes no lease.`,
  arguments: [],
  options: [
    { flags: '--out <file>', about: 'save it, for `deploy --plan FILE`' },
    { flags: '--select <selector>', about: 'build these nodes too, although they did not change' },
    { flags: '--sql', about: 'print what will run on the idle side, and at the cutover' },
    { flags: '--detailed-exitcode', about: 'exit 9 when there are changes' },
    { flags: '--allow-non-ff', about: 'also for a commit that does not descend from what is live' },
  ],
  examples: [
    ['lastgreen plan', 'before a deploy'],
    ['lastgreen plan --out plan.json', 'and later: lastgreen deploy --plan plan.json'],
    ['lastgreen plan --markdown', 'for a pull request'],
  ],
  input,
  async run(context, { out, select, sql, detailedExitcode, allowNonFf }) {
    const { ports, environment } = await context.open();
    const saved = await makePlan(ports, { select: select ?? null, allowNonFf, signal: context.io.signal });
    if (out !== undefined) await writePlan(resolve(context.io.cwd, out), saved);
    const told = sql ? await planSql(ports, saved.plan, context.io.signal) : null;
    const exit = detailedExitcode && saved.plan.kind !== 'no-op' ? 9 : 0;
    const document = {
      schema: 'lastgreen/planned/1' as const,
      environment: environment.settings.environment,
      outcome: saved.plan.kind === 'no-op' ? 'no-op' : 'changes',
      exit,
      plan: plannedOf(saved.plan),
      sql: told && [...told.idle],
      cutover: told && [...told.cutover],
      file: out ?? null,
      next: context.typed(nextOf(saved.plan, out)),
    };
    return rendered(planRendering, document, exit);
  },
});

const nextOf = ({ kind, sha, baseline }: Plan, out: string | undefined): string => {
  if (kind === 'no-op' && baseline?.sha === sha) return 'lastgreen status';
  return out === undefined ? 'lastgreen deploy' : `lastgreen deploy --plan ${quoted(out)}`;
};
