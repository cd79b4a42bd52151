import { holdText } from '../hold.ts';
import { quoted } from '../shell.ts';
import { type Objection, objected, shortly } from '../verdict.ts';
import { spec, type Telling } from './spec.ts';

/** Each check; what it said only to those who have not just read it. */
const stoppedBy = (failed: readonly Objection[], { seen }: Telling): string =>
  failed.map(seen ? shortly : objected).join('; ');

/** Exits 1, 3, 5, 6, 7, 8, 10, 130: something did not go as asked, or a person has to decide. */
export const failure = {
  BUG: spec<{ message: string }>({
    exit: 1,
    message: (p) => `This is a bug in lastgreen: ${p.message}`,
    next: () => 'lastgreen status',
  }),
  REJECTED: spec<{ release: string; failed: readonly Objection[] }>({
    exit: 3,
    message: (p, to) => `${p.release} was stopped: ${stoppedBy(p.failed, to)}.`,
    next: (p) => `lastgreen show ${p.release}`,
  }),
  BACK_REJECTED: spec<{ release: string; failed: readonly Objection[] }>({
    exit: 3,
    runbook: 'rollback-stopped',
    message: (p, to) => `The rollback (${p.release}) was stopped, live is as it was: ${stoppedBy(p.failed, to)}.`,
    next: (p) => `lastgreen show ${p.release}`,
  }),
  DBT_FAILED: spec<{ release: string; failures: readonly string[]; log: string }>({
    exit: 5,
    message: (p) =>
      p.failures.length === 0
        ? `dbt failed and named no node; what it left is in ${p.log}.`
        : `dbt failed:\n${p.failures.map((f) => `  ${f.replaceAll('\n', '\n  ')}`).join('\n')}`,
    next: (p) => `lastgreen show ${p.release}`,
  }),
  DBT_BROKEN: spec<{ doing: string; message: string }>({
    exit: 5,
    message: (p) => `dbt ${p.doing} failed:\n  ${p.message.replaceAll('\n', '\n  ')}`,
    next: () => 'correct the project, commit, and type the same again',
  }),
  STORE_DOWN: spec<{ key: string; message: string }>({
    exit: 6,
    runbook: 'store-down',
    message: (p) => `The store cannot be used (${p.key}): ${p.message}`,
    next: () => 'lastgreen doctor',
  }),
  STORE_FULL: spec<{ key: string }>({
    exit: 6,
    runbook: 'store-down',
    message: (p) => `The store has no space left for ${p.key}.`,
    next: () => 'free space there, then type the same again',
  }),
  STORE_CORRUPT: spec<{ key: string; message: string }>({
    exit: 6,
    runbook: 'store-corrupt',
    message: (p) => `${p.key} in the store cannot be read: ${p.message}. An older one is never used instead.`,
    next: () => 'lastgreen runbook store-corrupt',
  }),
  WAREHOUSE_DOWN: spec<{ message: string }>({
    exit: 6,
    runbook: 'warehouse-down',
    message: (p) => `The warehouse cannot be reached: ${p.message}`,
    next: () => 'lastgreen doctor',
  }),
  WAREHOUSE_DENIED: spec<{ message: string }>({
    exit: 6,
    message: (p) => `The warehouse refused: ${p.message}`,
    next: () => 'lastgreen doctor',
  }),
  /** `foreign`: somebody else changed one of the names, so that it cannot be finished. */
  INDETERMINATE: spec<{ release: string; done: number; of: number; because: string; foreign?: boolean }>({
    exit: 7,
    runbook: 'indeterminate',
    message: (p) => `The cutover of ${p.release} stopped in the middle (${p.done} of ${p.of} changed): ${p.because}`,
    next: (p) => (p.foreign === true ? 'lastgreen rollback' : 'lastgreen resume'),
  }),
  NOT_RECORDED: spec<{ release: string; because: string }>({
    exit: 7,
    runbook: 'indeterminate',
    message: (p) => `${p.release} went live but could not be recorded: ${p.because}`,
    next: () => 'lastgreen resume',
  }),
  WAITING: spec<{ release: string; on: readonly string[] }>({
    exit: 8,
    message: (p) => `${p.release} waits for a person: ${p.on.join(', ')} came to no verdict.`,
    next: (p) => `lastgreen promote ${p.release} --accept ${quoted(p.on[0] ?? 'CHECK')} --reason TEXT`,
  }),
  ONLY_WAY_BACK: spec<{ release: string; place: string; until: string; verb: string }>({
    exit: 8,
    message: (p, to) =>
      `The next release would be built in ${p.place}, which holds ${p.release}: all that could be gone back to, until ${to.time(p.until)}.\n` +
      'A third of `slots:` in `idle:` keeps what the next build would take.',
    next: (p) => `lastgreen ${p.verb} --give-up-rollback`,
  }),
  TOO_DEAR: spec<{ bytes: number; maxBytes: number; nodes: readonly { name: string; bytes: number }[] }>({
    exit: 8,
    message: (p, to) =>
      `Building in full would read ${to.size(p.bytes)}, and \`build: {reads: {max_bytes: ...}}\` in lastgreen.yml allows ${to.size(p.maxBytes)}: ` +
      `${p.nodes
        .slice(0, 5)
        .map((node) => `${node.name} ${to.size(node.bytes)}`)
        .join(', ')}${p.nodes.length > 5 ? ` and ${p.nodes.length - 5} more` : ''}.`,
    next: () => 'raise it, or have nodes seeded (`full_refresh: {except: ...}`), then lastgreen plan',
  }),
  NOT_GREEN: spec<{ release: string; failed: readonly Objection[]; stays: string | null }>({
    exit: 8,
    runbook: 'not-green',
    message: (p, to) =>
      `${p.release} stays live but is not green: ${[stoppedBy(p.failed, to), p.stays].filter(Boolean).join('; ')}${p.stays === null ? '.' : ''}\n\`lastgreen promote ${p.release} --watch\` asks again; until it is green or gone, a hold stops deploy and promote.`,
    next: () => 'lastgreen rollback',
  }),
  ADOPT_NEEDED: spec<{ names: readonly string[]; released?: boolean }>({
    exit: 8,
    runbook: 'adopt',
    message: (p) =>
      `Live names are held by what no release built: ${p.names.slice(0, 5).join(', ')}${p.names.length > 5 ? ` and ${p.names.length - 5} more` : ''}.`,
    // What is released already is adopted no more.
    next: (p) => (p.released ? 'drop or rename what is there, then lastgreen plan' : 'lastgreen adopt'),
  }),
  ADOPT_REFUSED: spec<{ differences: readonly string[] }>({
    exit: 8,
    runbook: 'adopt',
    message: (p) => `What is live is not what this commit builds:\n${p.differences.map((d) => `  ${d}`).join('\n')}`,
    next: () => 'git checkout COMMIT (the one that built it)',
  }),
  READERS_SHUT_OUT: spec<{ lacks: readonly { what: string; next: string }[] }>({
    exit: 8,
    runbook: 'adopt',
    message: (p) =>
      `Nothing was adopted: readers could not read all that they read now.\n${p.lacks.map(({ what, next }) => `  ${what}\n    -> ${next}`).join('\n')}`,
    next: () => 'do that, then lastgreen adopt',
  }),
  WOULD_LOSE: spec<{ losses: readonly string[]; flags: string }>({
    exit: 8,
    runbook: 'would-lose',
    message: (p) => `This would lose rows that cannot be made again:\n${p.losses.map((l) => `  ${l}`).join('\n')}`,
    next: (p) => `lastgreen rollback ${p.flags}`,
  }),
  NO_WAY_BACK: spec<{ asked: string | Date; because: readonly string[]; forward?: boolean }>({
    exit: 8,
    runbook: 'no-way-back',
    message: (p, to) =>
      `There is no way back to ${p.asked instanceof Date ? to.time(p.asked.toISOString()) : p.asked}:\n${p.because.map((b) => `  ${b}`).join('\n')}`,
    // What stopped in the middle can only be finished.
    next: (p) => (p.forward ? 'lastgreen resume' : 'lastgreen history'),
  }),
  CANNOT_KEEP: spec<{ because: string; flag: string }>({
    exit: 8,
    message: (p) => p.because,
    next: (p) => p.flag,
  }),
  PLAN_REFUSED: spec<{ problems: readonly string[]; next: string }>({
    exit: 8,
    runbook: 'plan-refused',
    message: (p) => p.problems.join('\n'),
    next: (p) => p.next,
  }),
  TAKEN_BACK: spec<{ release: string; to: string; failed: readonly Objection[]; held: readonly string[] | null }>({
    exit: 10,
    runbook: 'taken-back',
    message: (p, to) =>
      `${p.release} went live and was taken back to ${p.to}: ${stoppedBy(p.failed, to)}.` +
      (p.held ? `\n${holdText(p.held)}` : ''),
    next: (p) => `lastgreen show ${p.release}`,
  }),
  CUT_BACK: spec<{ release: string; to: string; because: string }>({
    exit: 10,
    runbook: 'taken-back',
    message: (p) => `${p.because}\nWhat had changed was taken back: readers have ${p.to}.`,
    next: (p) => `lastgreen show ${p.release}`,
  }),
  INTERRUPTED: spec<{ doing: string; next?: string }>({
    exit: 130,
    message: (p) => `Interrupted: ${p.doing}.`,
    next: (p) => p.next ?? 'lastgreen status',
  }),
};
