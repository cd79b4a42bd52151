import { z } from 'zod';
import type { Change, Claims, Fill, State } from '../../domain/change.ts';
import type { Seal } from '../../domain/cutover.ts';
import {
  fence as asFence,
  sha as asSha,
  type CheckId,
  checkId,
  type Fence,
  type NodeId,
  nodeId,
  type ObjectId,
  objectId,
  parseReleaseId,
  type ReleaseId,
  type Sha,
} from '../../domain/ids.ts';
import type { Container, Name, Relation } from '../../domain/relation.ts';
import type { Answer, Check, Verdict } from '../../domain/verdict.ts';

/** The words that several state documents share, as schemas. Each is checked against its type in the domain. */

export const fence: z.ZodType<Fence> = z.int().nonnegative().transform(asFence);
export const release: z.ZodType<ReleaseId> = z.string().transform((text, context) => {
  const id = text.startsWith('r') ? parseReleaseId(text) : null;
  if (id) return id;
  context.addIssue({ code: 'custom', message: 'expected a release such as r42' });
  return z.NEVER;
});
export const node: z.ZodType<NodeId> = z.string().min(1).transform(nodeId);
const check: z.ZodType<CheckId> = z.string().min(1).transform(checkId);
export const sha: z.ZodType<Sha> = z
  .string()
  .regex(/^[0-9a-f]{7,64}$/)
  .transform(asSha);
const object: z.ZodType<ObjectId> = z.string().min(1).transform(objectId);
export const time = z.iso.datetime({ offset: true });
export const ms = z.number().nonnegative();
export const count = z.int().nonnegative();

/** The keys are node ids. */
export const byNode = <V extends z.ZodType>(value: V): z.ZodType<Readonly<Record<NodeId, z.output<V>>>> =>
  z.record(z.string(), value) as z.ZodType<Readonly<Record<NodeId, z.output<V>>>>;

export const relation: z.ZodType<Relation> = z.strictObject({
  location: z.string(),
  database: z.string(),
  schema: z.string(),
  identifier: z.string(),
});
export const container: z.ZodType<Container> = z.strictObject({
  location: z.string(),
  database: z.string(),
  schema: z.string().nullable(),
});
const name: z.ZodType<Name> = z.union([relation, container]);

const state: z.ZodType<State> = z.discriminatedUnion('is', [
  z.object({ is: z.literal('absent') }),
  z.object({ is: z.literal('object'), id: object }),
  z.object({ is: z.literal('view'), text: z.string() }),
]);
const claims: z.ZodType<Claims> = z.array(z.tuple([name, state]));
const claimed = { before: claims, after: claims };

export const change: z.ZodType<Change> = z.discriminatedUnion('do', [
  z.object({ ...claimed, do: z.literal('exchange'), a: name, b: name }),
  z.object({ ...claimed, do: z.literal('point'), name: container, to: container, was: container.nullable() }),
  z.object({
    ...claimed,
    do: z.literal('repoint'),
    name: relation,
    to: relation.nullable(),
    was: relation.nullable(),
    said: z.exactOptional(z.string()),
  }),
  z.object({
    ...claimed,
    do: z.literal('move'),
    what: z.enum(['relation', 'function', 'container']),
    from: name,
    to: name,
  }),
  z.object({
    ...claimed,
    do: z.literal('define'),
    view: relation,
    sql: z.string(),
    was: z.string().nullable(),
    like: z.exactOptional(relation),
  }),
]);

const rights = z.array(z.object({ privilege: z.string(), grantee: z.string() }));

export const fill: z.ZodType<Fill> = z.discriminatedUnion('do', [
  z.object({ do: z.literal('create'), container, like: container.exactOptional() }),
  z.object({ do: z.literal('drop'), what: name, kind: z.literal('function').exactOptional() }),
  z.object({
    do: z.literal('copy'),
    from: name,
    id: object.nullable(),
    at: z.exactOptional(z.string()),
    to: name,
    revoked: z.exactOptional(rights),
    without: z.exactOptional(z.array(relation)),
    spared: z.exactOptional(z.array(relation)),
  }),
  z.object({ do: z.literal('define'), view: relation, sql: z.string(), beside: z.exactOptional(container) }),
  z.object({ do: z.literal('bind'), container, away: z.array(container) }),
  z.object({
    do: z.literal('protect'),
    live: relation,
    idle: relation,
    kind: z.literal('function').exactOptional(),
    revoked: z.exactOptional(rights),
    restored: z.exactOptional(rights),
  }),
  z.object({
    do: z.literal('refer'),
    live: relation,
    idle: relation,
    ends: z.array(z.object({ was: relation, now: relation })),
  }),
]);

export const moment = z.enum(['built', 'sealed', 'live']);

export const expected: z.ZodType<Check> = z.object({
  id: check,
  gate: z.string(),
  at: moment,
  severity: z.enum(['warn', 'fail']),
  timeoutMs: ms,
  title: z.string(),
  node: node.nullable(),
});

const verdict: z.ZodType<Verdict> = z.union([
  z.object({
    verdict: z.enum(['pass', 'warn', 'fail']),
    expected: z.string(),
    observed: z.string(),
    sql: z.exactOptional(z.string()),
  }),
  z.object({ verdict: z.enum(['inconclusive', 'error']), because: z.string() }),
]);

export const answer: z.ZodType<Answer> = z.object({
  check: expected,
  verdict,
  ms,
  accepted: z.exactOptional(z.object({ reason: z.string(), by: z.string() })),
});

const fingerprints = z.array(z.tuple([relation, z.string()]));

export const seal: z.ZodType<Seal> = z.object({
  release,
  fence,
  sides: z.array(container),
  fingerprints,
  token: z.string(),
});
