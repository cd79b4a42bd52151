import { z } from 'zod';
import type { Bill } from '../../domain/bill.ts';
import type { CutoverPlan, Mark } from '../../domain/cutover.ts';
import type { Ledger } from '../../domain/ledger.ts';
import type { Inputs } from '../../domain/manifest.ts';
import type { Plan, PlannedNode, Reason, Why } from '../../domain/plan.ts';
import {
  byNode,
  change,
  container,
  count,
  expected,
  fence,
  fill,
  node,
  relation,
  release,
  sha,
  time,
} from './words.ts';

// Every reason there is, once: a reason that the domain gains or loses does not type-check here.
const whys = {
  body: null,
  'seed file': null,
  config: null,
  contract: null,
  columns: null,
  tags: null,
  macro: null,
  vars: null,
  env: null,
  upstream: null,
  new: null,
  renamed: null,
  'relation moved': null,
  'dbt upgrade': null,
  packages: null,
  'asked for': null,
  'never built green': null,
  hooks: null,
  drift: null,
  'dbt state': null,
} as const satisfies Record<Why, null>;

const isWhy = (text: string): text is Why => Object.hasOwn(whys, text);

const reason: z.ZodType<Reason> = z.object({
  why: z.string().refine(isWhy, { message: 'this reason is not known' }),
  detail: z.string().nullable(),
});

const planned: z.ZodType<PlannedNode> = z.object({
  id: node,
  name: z.string(),
  resource: z.enum(['model', 'seed', 'snapshot', 'function']),
  materialized: z.string(),
  live: relation.nullable(),
  idle: relation.nullable(),
  reasons: z.array(reason),
  history: z.enum(['full', 'seed', 'none']),
  because: z.string(),
  checkShape: z.boolean(),
  backfillSince: z.string().nullable(),
});

const hashes = z.record(z.string(), z.string());

const inputs: z.ZodType<Inputs> = z.object({
  vars: hashes,
  env: hashes,
  packages: z.string().nullable(),
  dbt: z.string(),
  adapter: z.string(),
});

const went = z.object({ release, content: release, sha });
const relations = z.array(relation);

const bill: z.ZodType<Bill> = z.object({
  nodes: z.array(z.object({ id: node, name: z.string(), bytes: z.number().nullable() })),
  bytes: z.number(),
  price: z.object({ amount: z.number(), currency: z.string() }).nullable(),
});

export const plan: z.ZodType<Plan> = z.object({
  schema: z.literal('lastgreen/plan/1'),
  environment: z.string(),
  kind: z.enum(['deploy', 'refresh', 'no-op']),
  exchange: z.enum(['file', 'view', 'database', 'schema', 'table', 'move']),
  sha,
  subject: z.string(),
  baseline: went.nullable(),
  inputs,
  nodes: z.array(planned),
  removed: z.array(z.object({ id: node, live: relation })),
  renamed: z.array(z.object({ from: node, to: node, live: relation })),
  carried: z.array(z.object({ id: node, live: relation, idle: relation })),
  deferred: z.array(z.object({ id: node, live: relation })),
  prepare: z.array(fill),
  settle: z.array(fill),
  idle: z.array(container),
  live: z.array(container),
  checks: z.array(expected),
  definitions: byNode(z.string()),
  tests: z.array(node),
  hooks: z.array(z.string()),
  warnings: z.array(z.string()),
  bill: bill.exactOptional(),
  announced: z.object({ replace: relations, add: relations, remove: relations }),
  hash: z.string(),
});

/** Also kept in the warehouse by adapters, each in its own form. */
const mark: z.ZodType<Mark> = z.object({
  lineage: z.string(),
  fence,
  release,
  content: release,
  sha,
  back: z.boolean(),
  previous: went.nullable(),
  token: z.string().nullable(),
  at: time,
});

export const cutover: z.ZodType<CutoverPlan> = z
  .object({ release, changes: z.array(change), visible: count, mark, kept: z.array(container) })
  .refine(({ changes, visible }) => visible <= changes.length, { message: 'more visible changes than changes' });

export const ledger: z.ZodType<Ledger> = z.object({
  schema: z.literal('lastgreen/ledger/1'),
  release,
  content: release,
  entries: z.array(
    z.object({
      node,
      relation,
      kind: z.string(),
      producedBy: z.string(),
      definition: z.string(),
      fingerprint: z.string(),
    }),
  ),
});
