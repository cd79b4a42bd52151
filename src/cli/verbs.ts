import type { Verb } from './verb.ts';

/** In the order of a day with lastgreen: begin, ship, look, when it went wrong. */
const loading = {
  init: async () => (await import('./commands/init.ts')).init,
  adopt: async () => (await import('./commands/adopt.ts')).adopt,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  plan: async () => (await import('./commands/plan.ts')).plan,
  build: async () => (await import('./commands/build.ts')).build,
  promote: async () => (await import('./commands/promote.ts')).promote,
  deploy: async () => (await import('./commands/deploy.ts')).deploy,
  refresh: async () => (await import('./commands/refresh.ts')).refresh,
  status: async () => (await import('./commands/status.ts')).status,
  history: async () => (await import('./commands/history.ts')).history,
  show: async () => (await import('./commands/show.ts')).show,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  resume: async () => (await import('./commands/resume.ts')).resume,
  abort: async () => (await import('./commands/abort.ts')).abort,
  hold: async () => (await import('./commands/hold.ts')).hold,
  prune: async () => (await import('./commands/prune.ts')).prune,
  runbook: async () => (await import('./commands/runbook.ts')).runbook,
} as const satisfies Readonly<Record<string, () => Promise<Verb>>>;

export const verbNames: readonly string[] = Object.keys(loading);

/** The verbs that a command line may mean: those it mentions, else all, for help and for suggestions. */
export function verbsIn(argv: readonly string[]): Promise<readonly Verb[]> {
  const entries = Object.entries(loading);
  const mentioned = entries.filter(([name]) => argv.includes(name));
  return Promise.all((mentioned.length > 0 ? mentioned : entries).map(([, load]) => load()));
}
