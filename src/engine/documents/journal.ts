import { z } from 'zod';
import type { Entry, JournalEvent } from '../../domain/journal.ts';
import { answer, count, fence, moment, ms, release, seal, sha, time } from './words.ts';

const because = z.string();
const names = z.array(z.string());
const about = <W extends string>(is: W) => ({ is: z.literal(is), release });

const event: z.ZodType<JournalEvent> = z.discriminatedUnion('is', [
  z.object({
    ...about('started'),
    kind: z.enum(['deploy', 'refresh', 'rollback', 'adopt', 'no-op']),
    sha,
    subject: z.string(),
    command: z.string(),
    content: z.exactOptional(release),
    back: z.exactOptional(
      z.object({
        to: release,
        from: release,
        strategy: z.string(),
        others: z.exactOptional(z.array(z.object({ strategy: z.string(), because }))),
      }),
    ),
  }),
  z.object({ ...about('built'), nodes: count, ms, dbtMs: ms }),
  z.object({ ...about('sealed'), seal }),
  z.object({ ...about('gated'), at: moment, answers: z.array(answer) }),
  z.object(about('verified')),
  z.object({ ...about('rejected'), failed: names, because }),
  z.object({ ...about('waiting'), on: names }),
  z.object({ ...about('superseded'), by: release }),
  z.object({ ...about('aborted'), because }),
  z.object({ ...about('cutting'), back: z.boolean() }),
  z.object({ ...about('not-cut'), because }),
  z.object({ ...about('live'), watchUntil: time, windowMs: ms.nullable(), ms }),
  z.object({ ...about('green'), keptUntil: time }),
  z.object({ ...about('not-green'), because }),
  z.object({ ...about('reversing'), by: release }),
  z.object({ ...about('reverted'), because, by: release }),
  z.object({ ...about('restored'), by: release }),
  z.object({ ...about('replaced'), by: release }),
  z.object({ is: z.literal('hold'), reason: z.string(), release: release.nullable() }),
  z.object({ is: z.literal('hold-released'), reason: z.string() }),
  z.object({ is: z.literal('run'), number: fence, sha, nodes: count, ok: z.boolean(), ms, arguments: names }),
  z.object({ is: z.literal('took-over'), from: z.string(), fence }),
  z.object({ is: z.literal('mended'), what: z.string() }),
  z.object({ ...about('failed'), code: z.string(), message: z.string() }),
  z.object({ is: z.literal('pruned'), what: names }),
]);

export const entry: z.ZodType<Entry> = z.object({
  schema: z.literal('lastgreen/journal/1'),
  fence,
  n: z.int().positive(),
  at: time,
  by: z.string(),
  event,
});
