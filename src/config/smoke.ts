import * as z from 'zod';
import { duration, mapping, percentage, text } from './values.ts';

const moments = ['built', 'sealed', 'live'] as const;

const FORMS = ['rows', 'compare', 'offending'] as const;

const MINUTES_5 = 300_000;

/** One smoke check as it is written: exactly one of its three forms. */
export const smoke = mapping({
  name: text.describe('How the check is called in plans, reports and --accept; unique in the environment.'),
  node: text.optional().describe('The model, seed or snapshot that rows and compare ask.'),
  rows: mapping({
    change: z.tuple([percentage, percentage], { error: 'must be two percentages, such as [-2%, +20%]' }),
  })
    .optional()
    .describe('How the number of rows may change against live.'),
  compare: text.optional().describe('One query, asked on both sides; {relation} stands for the node there.'),
  within: percentage.optional().describe('How far the answers of compare may be apart; 0 when left out.'),
  offending: text.optional().describe('A file with SQL that returns bad rows, relative to lastgreen.yml.'),
  at: z
    .array(z.enum(moments))
    .min(1, { error: 'must name a moment: built, sealed or live' })
    .default(['sealed'])
    .describe('When it is asked.'),
  severity: z.enum(['warn', 'fail']).default('fail'),
  timeout: duration.default(MINUTES_5).describe('No answer by then is inconclusive; 5m when left out.'),
}).superRefine((check, context) => {
  const problem = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', message, path });
  const forms = FORMS.filter((form) => check[form] !== undefined);
  if (forms.length === 0) problem('says nothing to ask: give it rows, compare or offending');
  if (forms.length > 1) problem(`has ${forms.join(' and ')}: make each a check of its own`, forms[1] ?? '');
  if (check.node === undefined && forms.some((form) => form !== 'offending')) problem(`needs a node for ${forms[0]}`);
  if (check.node !== undefined && check.offending !== undefined)
    problem('does not go with offending, whose SQL names what it reads', 'node');
  if (check.within !== undefined && check.compare === undefined) problem('goes with compare only', 'within');
  if (check.within !== undefined && check.within < 0) problem('must be 0% or more', 'within');
  if (check.compare !== undefined && !check.compare.includes('{relation}'))
    problem('has no {relation}: both sides would be asked the same', 'compare');
  if (check.rows && check.rows.change[0] > check.rows.change[1])
    problem('must have the lower percentage first', 'rows', 'change');
  if (check.rows && check.rows.change[0] < -1) problem('must be -100% or more', 'rows', 'change');
  if (new Set(check.at).size < check.at.length) problem('names a moment twice', 'at');
});

export type SmokeText = z.output<typeof smoke>;
