import { spec } from './spec.ts';

/** Exit 2: what was typed or configured cannot be meant. Nothing was started. */
export const usage = {
  USAGE: spec<{ message: string; next: string }>({ exit: 2, message: (p) => p.message, next: (p) => p.next }),
  CONFIG_MISSING: spec<{ path: string }>({
    exit: 2,
    message: (p) => `There is no ${p.path}.`,
    next: () => 'lastgreen init',
  }),
  CONFIG_INVALID: spec<{ path: string; problems: readonly string[] }>({
    exit: 2,
    runbook: 'config',
    message: (p) => `${p.path} is not valid:\n${p.problems.map((problem) => `  ${problem}`).join('\n')}`,
    next: (p) => `correct ${p.path}`,
  }),
  ENVIRONMENT_UNKNOWN: spec<{ name: string; known: readonly string[] }>({
    exit: 2,
    message: (p) => `There is no environment ${p.name}; lastgreen.yml has ${p.known.join(', ')}.`,
    next: (p) => `type the same again with --env ${p.known[0] ?? 'NAME'}`,
  }),
  PROFILE_INVALID: spec<{ path: string; problem: string; next: string }>({
    exit: 2,
    runbook: 'config',
    message: (p) => `${p.path}: ${p.problem}`,
    next: (p) => p.next,
  }),
  SIDES_COLLIDE: spec<{ what: string }>({
    exit: 2,
    runbook: 'config',
    message: (p) => `The live side and the idle side are the same place: ${p.what}.`,
    next: () => 'give the environment an `idle:` that differs, in lastgreen.yml',
  }),
  DBT_MISSING: spec<{ path: string }>({
    exit: 2,
    message: (p) => `dbt was not found (${p.path}); without \`dbt:\` in lastgreen.yml it is looked for on PATH.`,
    next: () => 'set `dbt:` in lastgreen.yml to the path of dbt',
  }),
  DBT_TOO_OLD: spec<{ found: string; needed: string }>({
    exit: 2,
    message: (p) => `dbt ${p.found} is too old; lastgreen needs ${p.needed} or later.`,
    next: (p) => `pip install 'dbt-core>=${p.needed}'`,
  }),
  NOT_A_REPOSITORY: spec<{ path: string }>({
    exit: 2,
    message: (p) => `${p.path} is not in a git repository; a release is a commit.`,
    next: () => 'git init, and commit the project',
  }),
  SHALLOW_CLONE: spec<{ needed: string }>({
    exit: 2,
    runbook: 'git',
    message: (p) => `This is a shallow clone and does not hold ${p.needed}.`,
    next: () => 'git fetch --unshallow',
  }),
  COMMIT_UNKNOWN: spec<{ sha: string }>({
    exit: 2,
    runbook: 'git',
    message: (p) => `The repository does not hold the commit ${p.sha}.`,
    next: () => 'git fetch --all',
  }),
  RELEASE_UNKNOWN: spec<{ asked: string }>({
    exit: 2,
    message: (p) => `There is no release ${p.asked}.`,
    next: () => 'lastgreen history',
  }),
};
