import * as z from 'zod';
import { line, next, type Tone, table, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { counted } from './words.ts';

/** One thing that was looked at. */
const finding = z.object({
  check: z.string(),
  /** `skipped`: it cannot be looked at before something else is right. */
  is: z.enum(['ok', 'warn', 'bad', 'skipped']),
  says: z.string(),
  /** What to type or do about it. */
  next: z.string().nullable(),
});

export type Finding = z.infer<typeof finding>;

/** `lastgreen doctor --json`. */
export const doctor = z.object({ ...envelope('doctor'), findings: z.array(finding), next: z.string() });

const TONES: Readonly<Record<Finding['is'], Tone>> = { ok: 'good', warn: 'warn', bad: 'bad', skipped: 'dim' };

export const doctorRendering: Rendering<z.infer<typeof doctor>> = {
  schema: doctor,
  blocks: ({ findings, next: command }) => {
    const [bad = 0, warn = 0] = (['bad', 'warn'] as const).map((is) => findings.filter((one) => one.is === is).length);
    return [
      table(
        null,
        findings.flatMap((one) => [
          [toned(TONES[one.is], one.is), one.check, one.says],
          ...(one.next === null || one.is === 'ok' ? [] : [['', '', `-> ${one.next}`]]),
        ]),
      ),
      line(
        bad > 0
          ? `${counted(bad, 'thing')} to put right.`
          : warn > 0
            ? `Nothing is missing; ${counted(warn, 'warning')}.`
            : 'Ready.',
      ),
      next(command),
    ];
  },
};
