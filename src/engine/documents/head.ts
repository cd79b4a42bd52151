import { z } from 'zod';
import type { Head, Hold, Holder, InFlight, Lease, Live } from '../../domain/head.ts';
import { byNode, count, fence, ms, release, sha, time } from './words.ts';

const holder: z.ZodType<Holder> = z.object({
  host: z.string(),
  bootId: z.string(),
  pid: z.int().positive(),
  startedAt: z.string(),
  user: z.string(),
});

const lease: z.ZodType<Lease> = z.object({
  holder,
  fence,
  command: z.string(),
  since: time,
  ttlMs: ms,
  stopRequestedBy: z.string().nullable(),
});

const inFlight: z.ZodType<InFlight> = z.object({
  release,
  fence,
  kind: z.enum(['cutover', 'rollback', 'refresh']),
  run: z.object({ nodes: count, ms, arguments: z.array(z.string()) }).nullable(),
  reverses: z.object({ release, fence }).nullable(),
});

const live: z.ZodType<Live> = z.object({
  release,
  content: release,
  sha,
  fence,
  since: time,
  watchUntil: time.nullable(),
});

const hold: z.ZodType<Hold> = z.object({
  reason: z.string(),
  by: z.string(),
  since: time,
  reverted: z.object({ release, definitions: byNode(z.string()) }).nullable(),
});

export const head: z.ZodType<Head> = z.object({
  schema: z.literal('lastgreen/head/1'),
  environment: z.string(),
  lineage: z.string().min(1),
  revision: count,
  nonce: z.string().min(1),
  fence,
  lease: lease.nullable(),
  inFlight: inFlight.nullable(),
  live: live.nullable(),
  hold: hold.nullable(),
  ledger: z.string().nullable(),
  candidate: release.nullable(),
  hmacKey: z.base64(),
});
