import { spec } from './spec.ts';

/** Exit 4: the world is not as this command needs it; live was not touched. */
export const conflict = {
  LEASE_HELD: spec<{ holder: string; doing: string; beatMs: number }>({
    exit: 4,
    runbook: 'lease-held',
    message: (p) => `${p.holder} is running ${p.doing}; last heartbeat ${Math.round(p.beatMs / 1000)} s ago.`,
    next: () => 'lastgreen status',
  }),
  LEASE_LOST: spec<{ by: string }>({
    exit: 4,
    runbook: 'lease-held',
    message: (p) => `This command lost its lease to ${p.by} and stopped.`,
    next: () => 'lastgreen status',
  }),
  STOP_REQUESTED: spec<{ by: string }>({
    exit: 4,
    message: (p) => `Stopped because ${p.by} asked for it.`,
    next: () => 'lastgreen status',
  }),
  HELD: spec<{ reason: string; since: string; equal: readonly string[] }>({
    exit: 4,
    runbook: 'hold',
    message: (p, to) =>
      `A hold has stopped deploy and promote since ${to.time(p.since)}: ${p.reason}.` +
      (p.equal.length > 0
        ? `\nStill as in the reverted release: ${p.equal.join(', ')}. A commit that corrects or reverts all of them ends the hold.`
        : ''),
    next: (p) =>
      p.equal.length > 0 ? `commit a fix of ${p.equal.join(', ')}` : 'lastgreen hold --release --reason TEXT',
  }),
  DIRTY_TREE: spec<{ files: readonly string[] }>({
    exit: 4,
    message: (p) =>
      `The work tree has changes that are in no commit: ${p.files.slice(0, 5).join(', ')}${p.files.length > 5 ? ` and ${p.files.length - 5} more` : ''}.`,
    next: () => 'git commit',
  }),
  NOT_FAST_FORWARD: spec<{ sha: string; live: string }>({
    exit: 4,
    runbook: 'git',
    message: (p) =>
      `Commit ${p.sha.slice(0, 8)} does not descend from ${p.live.slice(0, 8)}, which is live: it would take back what that has.\n` +
      'Where this is meant, --allow-non-ff ships it.',
    next: (p) => `git rebase ${p.live.slice(0, 8)}`,
  }),
  LINEAGE_FOREIGN: spec<{ mark: string; store: string }>({
    exit: 4,
    runbook: 'lineage',
    message: (p) => `What is live was released from another store (lineage ${p.mark}; this store is ${p.store}).`,
    next: () => 'lastgreen runbook lineage',
  }),
  PLAN_MOVED: spec<{ what: string }>({
    exit: 4,
    message: (p) => `The world has moved since the plan was made: ${p.what}.`,
    next: () => 'lastgreen plan',
  }),
  WOULD_SUPERSEDE: spec<{ release: string }>({
    exit: 4,
    message: (p) => `${p.release} waits for promote; building gives it up, with --supersede ${p.release}.`,
    next: (p) => `lastgreen promote ${p.release}`,
  }),
  WATCH_RUNNING: spec<{ release: string; until: string }>({
    exit: 4,
    message: (p, to) =>
      `${p.release} is live and being watched until ${to.time(p.until)}; --during-watch replaces it before it is green.`,
    next: (p) => `lastgreen promote ${p.release} --watch`,
  }),
  DRIFTED: spec<{ relations: readonly string[]; rounds: number; verb?: string }>({
    exit: 4,
    runbook: 'drift',
    message: (p) =>
      `Live keeps changing while the release is cut over (${p.rounds} ${p.rounds === 1 ? 'round' : 'rounds'}): ${p.relations.join(', ')}.`,
    next: (p) => `pause the jobs that write there, then lastgreen ${p.verb ?? 'promote'}`,
  }),
  LIVE_BUSY: spec<{ what: string; by: string }>({
    exit: 4,
    runbook: 'busy',
    message: (p) => `${p.what} is in use by ${p.by}; nothing was changed.`,
    next: () => 'wait for it or end it, then type the same again',
  }),
  CUTOVER_BLOCKED: spec<{ by: readonly string[] }>({
    exit: 4,
    runbook: 'cutover-blocked',
    message: (p) =>
      `Relations that would change places are in use, for longer than a cutover waits; nothing was changed.${
        p.by.length > 0
          ? ` They are held by:\n${p.by.map((one) => `  ${one}`).join('\n')}`
          : ' Nobody holds them for long: many do, one after the other.'
      }`,
    next: (p) => (p.by.length > 0 ? 'wait for it or end it, then type the same again' : 'type the same again'),
  }),
  FOREIGN_CHANGE: spec<{ names: readonly string[] }>({
    exit: 4,
    runbook: 'foreign-change',
    message: (p) => `Somebody else changed ${p.names.join(', ')}; lastgreen overwrites nothing it does not know.`,
    next: () => 'lastgreen runbook foreign-change',
  }),
  FOREIGN_FILES: spec<{ folder: string; files: readonly string[] }>({
    exit: 4,
    message: (p) =>
      `${p.folder} is where lastgreen keeps a side, and holds files that are not its own: ${p.files.slice(0, 5).join(', ')}${p.files.length > 5 ? ` and ${p.files.length - 5} more` : ''}; nothing was deleted.`,
    next: () => 'move them out of there, then type the same again',
  }),
  SEAL_BROKEN: spec<{ release: string; what: string }>({
    exit: 4,
    message: (p) => `${p.release} is not what was verified any more: ${p.what} changed after the gates.`,
    next: (p) => `lastgreen build --supersede ${p.release}`,
  }),
  WRONG_STATE: spec<{ release: string; state: string; verb: string; next: string }>({
    exit: 4,
    message: (p) => `${p.release} is ${p.state}; it cannot ${p.verb}.`,
    next: (p) => p.next,
  }),
  NOTHING_WAITS: spec<{ verb: string }>({
    exit: 4,
    message: (p) => `No release waits to ${p.verb}.`,
    next: (p) => (p.verb === 'be promoted' ? 'lastgreen build' : 'lastgreen status'),
  }),
};
