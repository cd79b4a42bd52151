import * as z from 'zod';
import { holdText } from '../../domain/hold.ts';
import type { RolledBack } from '../../engine/rollback.ts';
import { inSeconds } from '../../planning/rollback.ts';
import { type Block, line, next, table, toned } from './blocks.ts';
import { envelope, type Rendering } from './document.ts';
import { otherWay, wayName } from './ways.ts';
import { inDigits, inTime, nameOf, onDay } from './words.ts';

/** `lastgreen rollback --json`. */
const rolledBack = z.object({
  ...envelope('rolled-back'),
  /** The rollback's own number; null when nothing was changed. */
  release: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string(),
  strategy: z.string().nullable(),
  /** `--strategy`; null: the fastest valid one. */
  asked: z.string().nullable(),
  /** Releases that were taken back, newest first. */
  through: z.array(z.string()),
  /** Nodes whose definitions go back. */
  changed: z.array(z.string()),
  /** What was live at this time is what the rows of `goingBack` will be; null where nobody knows. */
  rowsAsOf: z.string().nullable(),
  /** Whose rows go back. */
  goingBack: z.array(z.object({ node: z.string(), says: z.string() })),
  /** Whose rows stay as they are in live. */
  staying: z.array(z.object({ node: z.string(), says: z.string() })),
  others: z.array(z.object({ strategy: z.string(), because: z.string() })),
  warnings: z.array(z.string()),
  /** What a hold that is on waits for: nodes that must change; null: none is on. */
  held: z.array(z.string()).nullable(),
  now: z.string(),
  ms: z.number(),
  next: z.string(),
});

export type RolledBackDocument = z.infer<typeof rolledBack>;

/** What a person asked for, and where. */
interface Asked {
  readonly environment: string;
  readonly strategy: string | null;
  readonly dryRun: boolean;
  /** What was typed behind `rollback`, without `--dry-run`. */
  readonly flags: string;
  /** ISO time. */
  readonly now: string;
}

export function rolledBackDocument(
  done: RolledBack,
  { environment, strategy, dryRun, flags, now }: Asked,
  typed: (command: string) => string,
): RolledBackDocument {
  const { plan } = done;
  const way = plan === null || plan.is === 'already-back' ? null : plan;
  const already = plan?.is === 'already-back' || (plan === null && done.release === null);
  const rows = rowsOf(plan, done.atStake);
  return {
    schema: 'lastgreen/rolled-back/1',
    environment,
    outcome: already ? 'already-back' : dryRun ? 'would-roll-back' : 'rolled-back',
    exit: 0,
    release: done.release,
    from: done.from,
    to: done.to,
    strategy: way?.is ?? null,
    asked: strategy,
    through: [...(way?.through ?? [])],
    changed: [...(way?.changed ?? [])],
    rowsAsOf: way === null || way.is === 'rebuild' ? null : way.backTo,
    ...rows,
    others: [...(way?.others ?? [])],
    warnings: [...(way?.warnings ?? []), ...restoresOf(plan)],
    held: done.held && [...done.held],
    now,
    ms: done.ms,
    next: typed(nextOf(already, dryRun ? flags : null, rows.goingBack.length > 0)),
  };
}

/** Incrementals that went back miss what came since: a refresh catches them up. `flags`: of what was only asked about. */
function nextOf(already: boolean, flags: string | null, behind: boolean): string {
  if (already) return 'lastgreen status';
  if (flags !== null) return `lastgreen rollback${flags}`;
  return behind ? 'lastgreen refresh' : 'lastgreen status';
}

function rowsOf(
  plan: RolledBack['plan'],
  atStake: RolledBack['atStake'],
): Pick<RolledBackDocument, 'goingBack' | 'staying'> {
  if (plan?.is === 'swap' || plan?.is === 'time-travel') {
    const more = (name: string, movedOn: boolean): string =>
      plan.is === 'time-travel'
        ? reach(plan.earliest.get(name))
        : movedOn
          ? staked(atStake.find((one) => one.name === name))
          : '';
    return {
      goingBack: plan.goingBack.map(({ name, materialized, movedOn }) => ({
        node: name,
        says: `${materialized}${more(name, movedOn)}`,
      })),
      staying: plan.staying.map(({ name, because }) => ({ node: name, says: because })),
    };
  }
  if (plan?.is !== 'rebuild') return { goingBack: [], staying: [] };
  const history = [...plan.history].map(([id, source]) => ({
    node: nameOf(id),
    is: source.is,
    says: source.because,
  }));
  return {
    goingBack: history.filter(({ is }) => is === 'full').map(({ node, says }) => ({ node, says })),
    staying: history.filter(({ is }) => is === 'copy').map(({ node, says }) => ({ node, says })),
  };
}

/** How far back one could go. */
const reach = (since: string | undefined): string =>
  since === undefined ? '' : `; its rows can be had from ${inSeconds(since)} on`;

const restoresOf = (plan: RolledBack['plan']): readonly string[] =>
  plan?.is === 'time-travel'
    ? plan.restores.map(
        ({ release, until }) =>
          `What was kept of ${release} had been removed; it is had back first, which is possible until ${inSeconds(until)}.`,
      )
    : [];

/** What a person weighs: how many rows readers have, and how many they will have. */
function staked(rows: RolledBack['atStake'][number] | undefined): string {
  if (!rows || rows.live === null || rows.kept === null) return '; rows written since are not in it';
  return `; ${inDigits(rows.kept)} rows instead of ${inDigits(rows.live)}`;
}

export const rolledBackRendering: Rendering<RolledBackDocument> = {
  schema: rolledBack,
  blocks: (d) => [headline(d), ...details(d), next(d.next)],
};

function headline(d: RolledBackDocument): Block {
  if (d.outcome === 'already-back') return line(`Already back on ${d.to}.`);
  if (d.outcome === 'would-roll-back' && d.strategy === 'time-travel' && d.through.length === 0)
    return line(`A rollback now gives ${d.to} the rows back that it had then${byOf(d)}.`);
  if (d.outcome === 'would-roll-back')
    return line(`A rollback now goes from ${d.from ?? 'what is live'} to ${d.to}${byOf(d)}.`);
  return line(
    toned('good', `Back on ${d.to}`),
    ` in ${inTime(d.ms)}${byOf(d)}: readers have the content of ${d.to}${d.release === null ? '' : `, as ${d.release}`}.`,
  );
}

const byOf = ({ strategy }: RolledBackDocument): string => (strategy === null ? '' : ` by ${wayName(strategy)}`);

function details(d: RolledBackDocument): readonly Block[] {
  if (d.outcome === 'already-back') return [];
  // The fastest way needs no reasons, unless somebody asked for one.
  const explained = d.asked !== null || (d.strategy !== null && d.strategy !== 'swap');
  return [
    ...(d.changed.length > 0 ? [line(`Definitions that go back: ${d.changed.map(nameOf).join(', ')}.`)] : []),
    ...rowsGoingBack(d),
    ...rowsStaying(d),
    ...d.warnings.map((text) => line(toned('warn', 'Note: '), text)),
    ...(explained ? d.others.map(otherWay) : []),
    ...(d.outcome === 'rolled-back' && d.held ? [line(holdText(d.held))] : []),
  ];
}

const rowsTable = (rows: RolledBackDocument['staying']): Block =>
  table(
    null,
    rows.map(({ node, says }) => [node, says]),
  );

/** Under a sentence of their own: what is said of those that go back is not true of them. */
const rowsStaying = (d: RolledBackDocument): readonly Block[] =>
  d.staying.length === 0
    ? []
    : [
        line(d.strategy !== 'rebuild' ? 'Rows that stay as live has them:' : 'History that is copied:'),
        rowsTable(d.staying),
      ];

function rowsGoingBack(d: RolledBackDocument): readonly Block[] {
  if (d.goingBack.length === 0) return [];
  if (d.strategy === 'rebuild') return [line('Built in full:'), rowsTable(d.goingBack)];
  if (d.strategy === 'time-travel')
    return [
      line(`Rows go back to ${d.rowsAsOf === null ? 'an earlier time' : onDay(d.rowsAsOf, d.now)}:`),
      rowsTable(d.goingBack),
    ];
  const when = d.rowsAsOf === null ? '' : `${onDay(d.rowsAsOf, d.now)}, `;
  return [line(`Rows go back to ${when}when ${d.to} was live last:`), rowsTable(d.goingBack)];
}
