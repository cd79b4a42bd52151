import bytes from 'bytes';
import parseDuration from 'parse-duration';
import * as z from 'zod';
import { suggestion } from './suggest.ts';

/** A mapping that refuses unknown keys, each with a suggestion; one line of the message for each key. */
export const mapping = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `is not a key here.${suggestion(key, Object.keys(shape))}`).join('\n')
        : undefined,
  });

/** A text that is read as something else; `read` returns null for what cannot be meant. */
const readAs = <T>(read: (text: string) => T | null, wanted: string) =>
  z
    .union([z.string(), z.number()], {
      error: (issue) => (issue.input === undefined ? 'is missing' : `must be ${wanted}`),
    })
    .transform((value, context): T => {
      const found = read(String(value).trim());
      if (found !== null) return found;
      context.issues.push({ code: 'custom', input: value, message: `${JSON.stringify(value)} is not ${wanted}` });
      return z.NEVER;
    });

const DURATION = /^(\d+(\.\d+)?\s*(ms|s|m|h|d|w)\s*)+$/i;

const milliseconds = (text: string): number | null => (DURATION.test(text) ? parseDuration(text.toLowerCase()) : null);

/** Such as `90s`, `15m`, `2h`, `1h 30m`; ms. Zero is refused. */
export const duration = readAs(
  (text) => milliseconds(text) || null,
  'a duration with its unit, such as 90s, 15m or 2h',
);

/** As `duration`, and zero (`0s` or plain `0`) is allowed; ms. */
export const durationOrZero = readAs(
  (text) => (text === '0' ? 0 : milliseconds(text)),
  'a duration with its unit, such as 0s, 90s, 15m or 2h',
);

/** Such as `500GB`; powers of 1024. Bytes. */
export const size = readAs((text) => {
  const found = /^\d+(\.\d+)?\s*(b|kb|mb|gb|tb|pb)$/i.test(text) ? bytes.parse(text) : null;
  return found !== null && found > 0 ? found : null;
}, 'a size with its unit, such as 200MB or 500GB');

/** Such as `-2%`, `+20%` or plain 0; a fraction. */
export const percentage = readAs((text) => {
  if (text === '0') return 0;
  const match = /^([+-]?\d+(?:\.\d+)?)\s*%$/.exec(text);
  return match ? Number(match[1]) / 100 : null;
}, 'a percentage, such as 1%, -2% or +20%');

/** ISO date such as `2026-12-31`, checked against the calendar. */
export const date = readAs((text) => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text) ? text : null;
}, 'a date, such as 2026-12-31');

/** A text with something in it. */
export const text = z.string().refine((value) => value.trim() !== '', { error: 'must not be empty' });

/** A whole number from `least` on. */
export const count = (least: number) =>
  z
    .int({ error: (issue) => (issue.input === undefined ? undefined : 'must be a whole number') })
    .min(least, { error: `must be ${least} or more` });
