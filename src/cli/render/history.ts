import * as z from 'zod';
import { type Cell, line, next, table, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { atTime, short } from './words.ts';

/** `lastgreen history --json`: newest first. */
export const history = z.object({
  ...envelope('history'),
  now: z.string(),
  entries: z.array(
    z.object({
      /** `r42`, or `run 43` for a plain refresh. */
      id: z.string(),
      kind: z.string(),
      state: z.string(),
      sha: z.string(),
      subject: z.string(),
      by: z.string(),
      startedAt: z.string(),
      liveAt: z.string().nullable(),
      because: z.string().nullable(),
      /** What readers have now. */
      live: z.boolean(),
      lastGreen: z.boolean(),
    }),
  ),
  next: z.string(),
});

export type HistoryDocument = z.infer<typeof history>;

type Entry = HistoryDocument['entries'][number];

export const historyRendering: Rendering<HistoryDocument> = {
  schema: history,
  blocks: ({ environment, entries, now, next: command }) =>
    entries.length === 0
      ? [line(`Nothing was released in ${environment} yet.`), next(command)]
      : [
          table(
            ['', 'release', 'kind', 'state', 'commit', 'when', 'what'],
            entries.map((entry) => [
              entry.live ? '*' : '',
              entry.id,
              entry.kind,
              stateCell(entry),
              short(entry.sha),
              atTime(entry.startedAt, now),
              whatOf(entry),
            ]),
          ),
          line(toned('dim', '* is what readers have')),
          next(command),
        ],
};

const stateCell = ({ state }: Entry): Cell => toned(TONES[state] ?? 'plain', state);

const TONES: Readonly<Record<string, 'good' | 'bad' | 'warn' | 'dim'>> = {
  green: 'good',
  live: 'warn',
  verified: 'warn',
  waiting: 'warn',
  rejected: 'bad',
  reverted: 'bad',
  failed: 'bad',
  superseded: 'dim',
  aborted: 'dim',
};

/** Only the first line of a reason: `show` has all of it. */
function whatOf({ subject, because }: Entry): string {
  if (because === null) return subject;
  const reason = because.split('\n')[0] ?? '';
  return subject.endsWith(')') ? `${subject.slice(0, -1)}; ${reason})` : `${subject} (${reason})`;
}
