import { write } from './spoil.ts';
import type { Bad } from './typed.ts';

/** What was typed is wrong by itself. */
export const typing: readonly Bad[] = [
  {
    what: 'a verb that there is not',
    types: ['promot'],
    exit: 2,
    code: 'USAGE',
    says: "Unknown command 'promot'. Did you mean promote?",
    next: /^lastgreen --help$/,
  },
  {
    what: 'an option that there is not',
    types: ['deploy', '--supercede', 'r3'],
    exit: 2,
    code: 'USAGE',
    says: "Unknown option '--supercede'. Did you mean --supersede?",
    next: /^lastgreen deploy --help$/,
  },
  {
    what: 'a release that is no release',
    types: ['promote', 'latest'],
    exit: 2,
    code: 'USAGE',
    says: 'latest is no release; write it as r42.',
    next: /^lastgreen promote --help$/,
  },
  {
    what: 'two places to roll back to',
    types: ['rollback', '--to', 'r1', '--at', '2026-11-21'],
    exit: 2,
    code: 'USAGE',
    says: '--to and --at ask for two places.',
    next: /^lastgreen rollback --help$/,
  },
  {
    what: 'a time that is none',
    types: ['rollback', '--at', 'yesterday'],
    exit: 2,
    code: 'USAGE',
    says: 'yesterday is no time; write it as 2026-11-21T10:15:00.',
    next: /^lastgreen rollback --help$/,
  },
  {
    what: 'an accepted check without a reason',
    types: ['promote', '--accept', 'smoke:revenue'],
    exit: 2,
    code: 'USAGE',
    says: '--accept needs a --reason',
    next: /^type the same again with --reason TEXT$/,
  },
  {
    what: 'an environment that there is not',
    types: ['status', '--env', 'prd'],
    exit: 2,
    code: 'ENVIRONMENT_UNKNOWN',
    says: 'There is no environment prd; lastgreen.yml has prod.',
    next: /^type the same again with --env prod$/,
  },
  {
    what: 'a saved plan that is not there',
    types: ['deploy', '--plan', 'plan.json'],
    exit: 2,
    code: 'USAGE',
    says: /plan\.json cannot be read: ENOENT\.$/,
    next: /^lastgreen plan --out .*plan\.json$/,
  },
  {
    what: 'a saved plan that is something else',
    spoil: write('target.json', '{"nodes": []}'),
    types: ['deploy', '--plan', 'target.json'],
    exit: 2,
    code: 'USAGE',
    says: 'is no plan of this version of lastgreen.',
    next: /^lastgreen plan --out .*target\.json$/,
  },
];
