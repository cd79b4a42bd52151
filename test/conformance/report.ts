import * as z from 'zod';
import type { Took } from './took.ts';

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          title: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()),
          meta: z.object({ answer: z.string().optional(), relied: z.string().nullish() }),
        }),
      ),
    }),
  ),
});

type Results = z.infer<typeof vitestReport>['testResults'];
type Result = Results[number]['assertionResults'][number];

export interface Told {
  readonly about: ReadonlyMap<string, string>;
  /** What is worth knowing of the run itself. */
  readonly ran: ReadonlyMap<string, string>;
  /** vitest's JSON; null when there is none. */
  readonly results: unknown;
  readonly took: readonly Took[];
}

/** What a run has shown, for people; and whether every promise held. */
export function reportOf({ about, ran, results, took }: Told): { readonly text: string; readonly held: boolean } {
  const files = results === null ? [] : vitestReport.parse(results).testResults;
  const all = files.flatMap(({ assertionResults }) => assertionResults);
  const failed = all.filter(({ status }) => status === 'failed');
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(isFailed),
  );
  const parts = [
    ['What was asked', table([...about, ...ran])],
    ['What was run', table(files.map(summary))],
    [
      'What did not hold',
      [...broken.map(({ name, message }) => `${subject(name)}: ${message}`), ...failed.map(problem)],
    ],
    ['What the documentation leaves open', table(all.flatMap(settled))],
    ['How long statements took on the server', table(durations(took))],
  ] as const;
  const text = parts
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([title, lines]) =>
        `── ${title} ${'─'.repeat(Math.max(0, 80 - title.length))}\n\n${lines.map((line) => `  ${line}`).join('\n')}\n`,
    )
    .join('\n');
  return { text, held: failed.length + broken.length === 0 && all.some(({ status }) => status === 'passed') };
}

const isFailed = ({ status }: Result): boolean => status === 'failed';

const subject = (path: string): string => /([^/\\]+)\.test\.ts$/.exec(path)?.[1] ?? path;

function summary({ name, assertionResults }: Results[number]): readonly string[] {
  const count = (status: string) => assertionResults.filter((one) => one.status === status).length;
  const ms = assertionResults.reduce((sum, { duration }) => sum + (duration ?? 0), 0);
  const [held, not] = [count('passed'), count('failed')];
  const rest = assertionResults.length - held - not;
  const open = rest === 0 ? '' : `, ${rest} not run`;
  return [subject(name), `${held} held, ${not} did not${open}`, `${(ms / 1000).toFixed(1)} s`];
}

const problem = ({ fullName, failureMessages }: Result): string =>
  `${fullName}:\n    ${(failureMessages[0] ?? '').split('\n').slice(0, 4).join('\n    ')}`;

/** `!`: lastgreen relies on another answer. */
function settled({ title, status, meta }: Result): readonly (readonly string[])[] {
  if (meta.answer === undefined) return [];
  return [[status === 'failed' ? '!' : ' ', title, meta.answer]];
}

const durations = (took: readonly Took[]): readonly (readonly string[])[] =>
  took.length === 0
    ? []
    : [
        ['', 'times', 'median', '95 %', 'longest'],
        ...took.map(({ kind, times, median, most95, longest }) => [
          kind,
          String(times),
          ...[median, most95, longest].map((ms) => `${ms} ms`),
        ]),
      ];

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (found, row) => row.map((cell, i) => Math.max(found[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
