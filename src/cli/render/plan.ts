import * as z from 'zod';
import type { Plan } from '../../domain/plan.ts';
import { type Block, code, heading, line, next, table, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { counted, inBytes, nameOf, short } from './words.ts';

const named = z.object({ id: z.string(), name: z.string() });

/** What a plan says to people and machines; the plan itself is what `--out` writes. */
export const planned = z.object({
  kind: z.string(),
  sha: z.string(),
  subject: z.string(),
  hash: z.string(),
  baseline: z.object({ release: z.string(), content: z.string(), sha: z.string() }).nullable(),
  nodes: z.array(
    named.extend({
      resource: z.string(),
      materialized: z.string(),
      why: z.array(z.object({ why: z.string(), detail: z.string().nullable() })),
      history: z.string(),
      because: z.string(),
    }),
  ),
  removed: z.array(named),
  renamed: z.array(z.object({ from: z.string(), to: z.string() })),
  carried: z.number(),
  deferred: z.number(),
  checks: z.array(
    z.object({ id: z.string(), gate: z.string(), at: z.string(), severity: z.string(), title: z.string() }),
  ),
  /** What building in full will read; left out where nobody pays for that. */
  bill: z
    .object({
      nodes: z.array(named.extend({ bytes: z.number().nullable() })),
      bytes: z.number(),
      price: z.object({ amount: z.number(), currency: z.string() }).nullable(),
    })
    .optional(),
  hooks: z.array(z.string()),
  warnings: z.array(z.string()),
});

export type Planned = z.infer<typeof planned>;

/** `lastgreen plan --json`. */
const plan = z.object({
  ...envelope('planned'),
  plan: planned,
  /** `--sql`: what prepares and settles the idle side, in order. */
  sql: z.array(z.string()).nullable(),
  /** `--sql`: the cutover, as it is announced. */
  cutover: z.array(z.string()).nullable(),
  /** `--out`. */
  file: z.string().nullable(),
  next: z.string(),
});

export type PlanDocument = z.infer<typeof plan>;

export const plannedOf = (of: Plan): Planned => ({
  kind: of.kind,
  sha: of.sha,
  subject: of.subject,
  hash: of.hash,
  baseline: of.baseline,
  nodes: of.nodes.map(({ id, name, resource, materialized, reasons, history, because }) => ({
    id,
    name,
    resource,
    materialized,
    why: reasons.map(({ why, detail }) => ({ why, detail })),
    history,
    because,
  })),
  removed: of.removed.map(({ id }) => ({ id, name: nameOf(id) })),
  renamed: of.renamed.map(({ from, to }) => ({ from, to })),
  carried: of.carried.length,
  deferred: of.deferred.length,
  checks: of.checks.map(({ id, gate, at, severity, title }) => ({ id, gate, at, severity, title })),
  ...(of.bill ? { bill: { ...of.bill, nodes: [...of.bill.nodes] } } : {}),
  hooks: [...of.hooks],
  warnings: [...of.warnings],
});

export const planRendering: Rendering<PlanDocument> = {
  schema: plan,
  blocks: ({ plan: of, sql, cutover, file, next: command }) => [
    ...plannedBlocks(of),
    ...told('What runs on the idle side, before dbt builds and after it', sql),
    ...told('What the cutover runs, if nothing else is released before', cutover),
    ...(file === null ? [] : [line(`Saved as ${file}.`)]),
    next(command),
  ],
};

const told = (title: string, statements: readonly string[] | null): readonly Block[] =>
  statements === null || statements.length === 0 ? [] : [heading(title), code(statements.join('\n'))];

/** The plan in words: what is built and why, what goes away, what is asked. */
export function plannedBlocks(of: Planned): readonly Block[] {
  const against = of.baseline
    ? `against ${of.baseline.content} at ${short(of.baseline.sha)}, which is live${of.baseline.release === of.baseline.content ? '' : ` as ${of.baseline.release}`}`
    : 'the first release';
  const title = line(toned('strong', short(of.sha)), ` ${of.subject}, ${against}`);
  if (of.kind === 'no-op') {
    const says =
      of.baseline?.sha === of.sha
        ? 'This commit is live already: there is nothing to release.'
        : 'Nothing that is built changed: a release only advances the commit.';
    return [title, line(says), ...warnings(of)];
  }
  return [
    title,
    ...builds(of),
    ...(of.removed.length > 0
      ? [line(toned('warn', `Removes ${of.removed.map(({ name }) => name).join(', ')}.`))]
      : []),
    ...of.renamed.map(({ from, to }) => line(`Renames ${nameOf(from)} to ${nameOf(to)}; its history stays.`)),
    ...rest(of),
    ...billed(of),
    ...(of.hooks.length > 0 ? [line(`Hooks that run: ${of.hooks.join(', ')}.`)] : []),
    line(`Gates: ${gatesOf(of)}.`),
    ...warnings(of),
  ];
}

/** An adoption, and a release that only takes something away, build nothing. */
const builds = ({ nodes }: Planned): readonly Block[] =>
  nodes.length === 0
    ? [line('Builds nothing.')]
    : [
        heading(`Builds ${counted(nodes.length, 'node')}`),
        table(
          ['node', 'is', 'why', 'history'],
          nodes.map((node) => [node.name, node.materialized, whyOf(node), historyOf(node)]),
        ),
      ];

const whyOf = ({ why }: Planned['nodes'][number]): string =>
  why.map((reason) => (reason.detail === null ? reason.why : `${reason.why} (${reason.detail})`)).join(', ');

const historyOf = ({ history, because }: Planned['nodes'][number]): string =>
  history === 'none' ? '' : `${history}: ${because}`;

function rest({ carried, deferred }: Planned): readonly Block[] {
  const parts = [
    carried > 0 ? `${counted(carried, 'relation')} carried` : '',
    deferred > 0 ? `${deferred} read where they are` : '',
  ];
  const text = parts.filter(Boolean).join(', ');
  return text === '' ? [] : [line(`Unchanged: ${text}.`)];
}

/** `Builds in full by reading 3.2 TB, about 20.00 USD: fct_orders 3.0 TB, ...` */
function billed({ bill }: Planned): readonly Block[] {
  if (!bill || bill.nodes.length === 0) return [];
  const told = bill.nodes.filter(({ bytes }) => bytes !== null);
  const untold = bill.nodes.filter(({ bytes }) => bytes === null).map(({ name }) => name);
  const price = bill.price === null ? '' : `, about ${bill.price.amount.toFixed(2)} ${bill.price.currency}`;
  const parts = told.slice(0, MOST).map(({ name, bytes }) => `${name} ${inBytes(bytes ?? 0)}`);
  const more = told.length > MOST ? ` and ${told.length - MOST} more` : '';
  const first =
    told.length === 0 ? '' : `Reads ${inBytes(bill.bytes)} to build in full${price}: ${parts.join(', ')}${more}.`;
  const last =
    untold.length === 0
      ? ''
      : `What ${untold.slice(0, MOST).join(', ')}${untold.length > MOST ? ' and others' : ''} will read cannot be told before a parent is built.`;
  return [line([first, last].filter(Boolean).join(' '))];
}

/** So many are named one by one. */
const MOST = 5;

/** `tests 12, smoke 2`, by gate. */
function gatesOf({ checks }: Planned): string {
  const gates = [...new Set(checks.map(({ gate }) => gate))];
  const counts = gates.map((gate) => `${gate} ${checks.filter((check) => check.gate === gate).length}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

const warnings = (of: Planned): readonly Block[] => of.warnings.map((text) => line(toned('warn', 'Note: '), text));
