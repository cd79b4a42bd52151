import { abort } from '../../../src/engine/abort.ts';
import { buildRelease, deploy, promoteRelease } from '../../../src/engine/deploy.ts';
import type { Ports } from '../../../src/engine/ports.ts';
import { resume } from '../../../src/engine/resume.ts';
import { rollback } from '../../../src/engine/rollback.ts';

/** A command as a person types it, against the ports of a controller. */
export type Command = (ports: Ports, signal: AbortSignal) => Promise<unknown>;

export type Verb = 'build' | 'deploy' | 'promote' | 'rollback' | 'resume' | 'abort';

const deploying = {
  select: null,
  allowNonFf: false,
  giveUpRollback: false,
  plan: null,
  supersede: true,
  duringWatch: true,
} as const;

/** What people type without options, but for giving way to what waits. */
export const commands: Readonly<Record<Verb, Command>> = {
  build: (ports, signal) => buildRelease(ports, { ...deploying, command: 'build', signal }),
  deploy: (ports, signal) => deploy(ports, { ...deploying, command: 'deploy', signal }),
  promote: (ports, signal) =>
    promoteRelease(ports, { release: null, accept: [], reason: null, duringWatch: true, watch: false, signal }),
  rollback: (ports, signal) =>
    rollback(ports, { to: null, at: null, strategy: null, acceptLoss: [], because: null, dryRun: false, signal }),
  resume: (ports, signal) => resume(ports, { signal }),
  abort: (ports, signal) => abort(ports, { release: null, signal }),
};
