import { z } from 'zod';
import { reportSchema } from './report.ts';

/**
 * A reader takes turns: it opens the warehouse anew for each of some statements, then asks more of one that it holds
 * open.
 */
export const turns = [
  { statements: 6, held: false },
  { statements: 24, held: true },
] as const;

/** What the reader is told: report once `after` more statements were asked, or stop. */
export const requestSchema = z.object({ id: z.int(), after: z.int(), stop: z.boolean() });

export type Request = z.infer<typeof requestSchema>;

/** What the reader answers; the report without an id is its last. */
export const responseSchema = z.object({ id: z.int().nullable(), report: reportSchema });
