import { access, appendFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { profileRulesOf, warehouseTypes } from '../../compose.ts';
import { CONFIG_FILE } from '../../config/config.ts';
import { findProfile, type Profile } from '../../config/profiles/find.ts';
import { knownOf, typeOf } from '../../config/profiles/render.ts';
import { fail } from '../../domain/errors.ts';
import { isInteractive, streamOf } from '../io.ts';
import { rendered } from '../render/document.ts';
import { initRendering } from '../render/init.ts';
import { type Context, flag, verb } from '../verb.ts';

const input = z.object({ target: z.string().optional(), project: z.string().optional(), force: flag });

export const init = verb({
  name: 'init',
  summary: 'write a lastgreen.yml that works for this project',
  about: `Finds the dbt project and its profile, and writes a lastgreen.yml for it. Asks nothing that it can find out, and
with --yes nothing at all.`,
  arguments: [],
  options: [
    { flags: '--target <name>', about: 'the dbt target that the names belong to which readers use' },
    { flags: '--project <folder>', about: 'the dbt project (default: here, or the only one below)' },
    { flags: '--force', about: 'replace a lastgreen.yml that is there' },
  ],
  examples: [
    ['lastgreen init', 'in a dbt project'],
    ['lastgreen init --yes --target prod', 'from a script'],
  ],
  input,
  async run(context, { target: asked, project: where, force }) {
    const { cwd, env } = context.io;
    const path = resolve(cwd, context.common.config ?? CONFIG_FILE);
    if (!force && (await exists(path)))
      fail('USAGE', {
        message: `${relative(cwd, path)} is there already; --force replaces it.`,
        next: 'lastgreen doctor',
      });
    const projectDir = await projectOf(cwd, where);
    const profile = await findProfile({ projectDir, cwd, variables: env });
    const target = await targetOf(context, profile, asked);
    const type = typeOf(profile, target, env);
    const rules = await profileRulesOf(type);
    const text = configText(context.common.env ?? target, target, relative(dirname(path), projectDir));
    await writeFile(path, text);
    const ignored = await ignoreStore(dirname(path));
    return rendered(initRendering, {
      schema: 'lastgreen/init/1',
      environment: context.common.env ?? target,
      outcome: 'written',
      exit: 0,
      path: relative(cwd, path),
      text,
      profile: { path: profile.path, name: profile.name, target, type },
      ignored,
      rights: rules.rights?.(knownOf(profile, target, env)) ?? null,
      next: `git add ${relative(cwd, path)}${ignored ? ' .gitignore' : ''} && git commit -m "Release with lastgreen"`,
      then: context.typed('lastgreen doctor'),
    });
  },
});

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Here, where `--project` says, or in one of the usual folders below. */
async function projectOf(cwd: string, asked: string | undefined): Promise<string> {
  const candidates = asked === undefined ? ['.', 'dbt', 'transform', 'analytics'] : [asked];
  for (const candidate of candidates) {
    const folder = resolve(cwd, candidate);
    if (await exists(join(folder, 'dbt_project.yml'))) return folder;
  }
  return fail('USAGE', {
    message: `There is no dbt_project.yml in ${candidates.map((name) => resolve(cwd, name)).join(', ')}.`,
    next: 'lastgreen init --project FOLDER',
  });
}

/** Names that people give to what others read. */
const LIVE_NAME = /^(prod|production|prd|live|main)$/i;

async function targetOf(context: Context, profile: Profile, asked: string | undefined): Promise<string> {
  const known = [...profile.outputs.keys()].filter((name) => isKnown(profile, name, context));
  if (asked !== undefined) {
    if (profile.outputs.has(asked)) return asked;
    return fail('USAGE', {
      message: `The profile ${profile.name} has no target ${asked}; it has ${[...profile.outputs.keys()].join(', ')}.`,
      next: 'lastgreen init --target NAME',
    });
  }
  const live = known.filter((name) => LIVE_NAME.test(name));
  const [only] = live.length === 1 ? live : known.length === 1 ? known : [];
  if (only !== undefined) return only;
  if (known.length === 0)
    return fail('USAGE', {
      message: `The profile ${profile.name} has no target of a type that this version knows (${warehouseTypes.join(', ')}).`,
      next: 'write one into profiles.yml',
    });
  if (context.common.yes || !isInteractive(context.io))
    return fail('USAGE', {
      message: `Which target do readers use? The profile ${profile.name} has ${known.join(', ')}.`,
      next: `lastgreen init --target ${known[0]}`,
    });
  const { isCancel, select } = await import('@clack/prompts');
  const answer = await select({
    message: 'Which target do the names belong to that readers use?',
    options: known.map((value) => ({ value, label: value })),
    output: streamOf(context.io.stderr),
    signal: context.io.signal,
  });
  if (isCancel(answer)) return fail('INTERRUPTED', { doing: 'nothing was written' });
  return answer;
}

const isKnown = (profile: Profile, target: string, context: Context): boolean =>
  warehouseTypes.includes(typeOf(profile, target, context.io.env));

const configText = (environment: string, target: string, project: string): string =>
  [
    'version: 1',
    ...(project === '' ? [] : [`project: ${project}`]),
    'environments:',
    `  ${environment}:`,
    `    target: ${target}`,
    '',
  ].join('\n');

/** The store is no part of the project. True when .gitignore had to be told. */
async function ignoreStore(folder: string): Promise<boolean> {
  const path = join(folder, '.gitignore');
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.split('\n').some((entry) => /^\/?\.lastgreen\/?$/.test(entry.trim()))) return false;
  await appendFile(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}.lastgreen/\n`);
  return true;
}
