import * as z from 'zod';
import type { Plan } from '../../domain/plan.ts';
import type { Outcome } from '../../engine/deploy.ts';
import { answer, answerOf, answersTable, notPassed, tally } from './answers.ts';
import { type Block, line, next, table, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { counted, inTime, short } from './words.ts';

/** How build, deploy, promote, resume and a gated refresh ended, when nothing failed. */
const outcome = z.object({
  ...envelope('outcome'),
  command: z.string(),
  release: z.object({
    id: z.string(),
    kind: z.string(),
    /** verified, live or green. */
    state: z.string(),
    content: z.string(),
    sha: z.string(),
    subject: z.string(),
    watchUntil: z.string().nullable(),
    keptUntil: z.string().nullable(),
  }),
  /** false: the commit changed nothing that is built. */
  changed: z.boolean(),
  built: z.object({ nodes: z.number(), ms: z.number(), dbtMs: z.number() }).nullable(),
  /** `windowMs`: for how long readers could see a mix; null: nobody can tell. */
  cutover: z.object({ ms: z.number(), windowMs: z.number().nullable() }).nullable(),
  relations: z.object({ replaced: z.number(), added: z.number(), removed: z.number() }).nullable(),
  answers: z.array(answer),
  next: z.string(),
});

export type OutcomeDocument = z.infer<typeof outcome>;

/** The document of what the engine returned. `typed` makes the next command one that can be typed here. */
export function outcomeDocument(
  command: string,
  environment: string,
  { release, plan, measured }: Outcome,
  typed: (command: string) => string,
): OutcomeDocument {
  const { id, kind, state, content, sha, subject, watchUntil, keptUntil } = release;
  return {
    schema: 'lastgreen/outcome/1',
    environment,
    outcome: plan?.kind !== 'no-op' ? state.state : plan.baseline?.sha === plan.sha ? 'nothing-to-do' : 'no-op',
    exit: 0,
    command,
    release: { id, kind, state: state.state, content, sha, subject, watchUntil, keptUntil },
    changed: plan?.kind !== 'no-op',
    built: release.built,
    cutover: measured && { ms: measured.ms, windowMs: measured.windowMs },
    relations: plan && relationsOf(plan),
    answers: release.answers.map(answerOf),
    next: typed(state.state === 'verified' ? `lastgreen promote ${id}` : 'lastgreen status'),
  };
}

const relationsOf = ({ announced }: Plan) => ({
  replaced: announced.replace.length,
  added: announced.add.length,
  removed: announced.remove.length,
});

export const outcomeRendering: Rendering<OutcomeDocument> = {
  schema: outcome,
  blocks: (o) =>
    o.changed
      ? [headline(o), facts(o), ...answersTable(notPassed(o.answers)), next(o.next)]
      : [line(unchanged(o)), next(o.next)],
};

const unchanged = ({ outcome: ended, release: { id, sha } }: OutcomeDocument): string =>
  ended === 'nothing-to-do'
    ? `${short(sha)} is live already, as ${id}; nothing was released.`
    : `Nothing that is built changed: the commit advanced to ${short(sha)}.`;

function headline({ release }: OutcomeDocument): Block {
  const what = `${short(release.sha)} ${release.subject}`;
  switch (release.state) {
    case 'verified':
      return line(toned('good', `${release.id} is verified`), `: ${what}. Readers still have what they had.`);
    case 'green':
      return line(toned('good', `${release.id} is live and green`), `: ${what}.`);
    default:
      return line(toned('warn', `${release.id} is ${release.state}`), `: ${what}.`);
  }
}

function facts({ built, cutover, answers, relations }: OutcomeDocument): Block {
  const rows = [
    built && ['built', `${counted(built.nodes, 'node')} in ${inTime(built.ms)} (dbt ${inTime(built.dbtMs)})`],
    answers.length > 0 ? ['gates', tally(answers)] : null,
    cutover && ['cutover', `${inTime(cutover.ms)}; readers ${mixOf(cutover.windowMs)}`],
    cutover &&
      relations && [
        'relations',
        `${relations.replaced} replaced, ${relations.added} added, ${relations.removed} removed`,
      ],
  ];
  return table(
    null,
    rows.filter((row) => row !== null),
  );
}

const mixOf = (windowMs: number | null): string =>
  windowMs === null
    ? 'could see a mix, nobody can tell for how long'
    : windowMs === 0
      ? 'never saw a mix'
      : `could see a mix for ${inTime(windowMs)}`;
