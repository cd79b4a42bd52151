import { abort } from './commands/abort.ts';
import { adopt } from './commands/adopt.ts';
import { build } from './commands/build.ts';
import { deploy } from './commands/deploy.ts';
import { doctor } from './commands/doctor.ts';
import { history } from './commands/history.ts';
import { hold } from './commands/hold.ts';
import { init } from './commands/init.ts';
import { plan } from './commands/plan.ts';
import { promote } from './commands/promote.ts';
import { prune } from './commands/prune.ts';
import { refresh } from './commands/refresh.ts';
import { resume } from './commands/resume.ts';
import { rollback } from './commands/rollback.ts';
import { runbook } from './commands/runbook.ts';
import { show } from './commands/show.ts';
import { status } from './commands/status.ts';
import type { Verb } from './verb.ts';

/** In the order of a day with lastgreen: begin, ship, look, when it went wrong. */
export const verbs: readonly Verb[] = [
  init,
  adopt,
  doctor,
  plan,
  build,
  promote,
  deploy,
  refresh,
  status,
  history,
  show,
  rollback,
  resume,
  abort,
  hold,
  prune,
  runbook,
];
