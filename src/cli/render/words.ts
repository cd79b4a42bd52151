import bytes from 'bytes';

/** How people write it: `340 ms`, `12.4 s`, `4 min 10 s`, `14 h`, `3 days`. */
export function inTime(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return joined(Math.floor(ms / 60_000), 'min', Math.round((ms % 60_000) / 1_000), 's');
  if (ms < 172_800_000) return joined(Math.floor(ms / 3_600_000), 'h', Math.round((ms % 3_600_000) / 60_000), 'min');
  return `${Math.round(ms / 86_400_000)} days`;
}

const joined = (large: number, unit: string, small: number, smaller: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;

/** Time between two ISO times, in words. */
export const between = (from: string, to: string): string =>
  inTime(Math.max(0, new Date(to).getTime() - new Date(from).getTime()));

/** `10:15` today, `Nov 21 10:15` on another day, `Nov 21, 2025 10:15` of another year; in the person's own time zone. */
export function atTime(iso: string, now: string): string {
  const time = new Date(iso);
  const clock = time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (time.toDateString() === new Date(now).toDateString()) return clock;
  const year = time.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const);
  return `${time.toLocaleDateString('en-US', { month: 'short', day: 'numeric', ...year })} ${clock}`;
}

/** `10:15 today`, `Nov 21 10:15` otherwise, with the year where that is another. */
export const onDay = (iso: string, now: string): string => {
  const told = atTime(iso, now);
  return told.includes(' ') ? told : `${told} today`;
};

/** `14.2 GB`; powers of 1024. */
export const inBytes = (size: number): string => bytes.format(size, { unitSeparator: ' ' }) ?? '';

/** `1,234`. */
export const inDigits = (n: number): string => n.toLocaleString('en-US');

/** `1 node`, `3 nodes`. */
export const counted = (n: number, noun: string): string => `${inDigits(n)} ${noun}${n === 1 ? '' : 's'}`;

/** As git shows it. */
export const short = (sha: string): string => sha.slice(0, 8);

/** The last part of dbt's unique_id is what people call it: `orders`, `orders.v2`. */
export const nameOf = (id: string): string => id.split('.').slice(2).join('.') || id;
