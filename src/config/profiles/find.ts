import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { fail } from '../../domain/errors.ts';
import type { Output } from '../port.ts';
import { suggestion } from '../suggest.ts';
import { inWords, type Located, problemsOf, readYaml } from '../yaml.ts';
import { isJinja, renderValue, type Variables } from './jinja.ts';

/** The profile of a dbt project, as it is written: Jinja unrendered. */
export interface Profile {
  /** Of profiles.yml. */
  readonly path: string;
  readonly name: string;
  /** The profile's own `target:`, the default of plain dbt. */
  readonly defaultTarget: string | null;
  readonly outputs: ReadonlyMap<string, Output>;
}

export interface Where {
  readonly projectDir: string;
  /** Where relative values of DBT_PROFILES_DIR start. */
  readonly cwd: string;
  readonly variables: Variables;
}

const project = z.looseObject({ profile: z.string().optional() });

const profiles = z.record(z.string(), z.unknown());

const profile = z.looseObject({
  target: z.string().optional(),
  outputs: z.record(z.string(), z.looseObject({ type: z.string() })),
});

/**
 * The profile that dbt would take: of the name in dbt_project.yml, from DBT_PROFILES_DIR, else the project's folder,
 * else ~/.dbt. Throws PROFILE_INVALID.
 */
export async function findProfile(where: Where): Promise<Profile> {
  const name = await profileName(where);
  const found = await profilesFile(where);
  const located = read(found.source, found.path, 'correct the file');
  const all = check(profiles, located, [], located.value, found.path);
  const mine = Object.hasOwn(all, name) ? all[name] : undefined;
  if (mine === undefined) {
    const known = Object.keys(all).filter((key) => key !== 'config');
    return fail('PROFILE_INVALID', {
      path: found.path,
      problem: `there is no profile ${name}, which dbt_project.yml asks for.${suggestion(name, known)}`,
      next: 'correct `profile:` in dbt_project.yml',
    });
  }
  const checked = check(profile, located, [name], mine, found.path);
  return {
    path: found.path,
    name,
    defaultTarget: checked.target ?? null,
    outputs: new Map(Object.entries(checked.outputs)),
  };
}

/** A target as it is written. Throws PROFILE_INVALID, with the targets that there are. */
export function outputOf(found: Profile, target: string): Output {
  const output = found.outputs.get(target);
  if (output) return output;
  const known = [...found.outputs.keys()];
  return fail('PROFILE_INVALID', {
    path: found.path,
    problem: `the profile ${found.name} has no target ${target}; it has ${known.join(', ')}.`,
    next: 'correct `target:` in lastgreen.yml',
  });
}

async function profileName({ projectDir, variables }: Where): Promise<string> {
  const path = join(projectDir, 'dbt_project.yml');
  const source = await readFile(path, 'utf8').catch((error: unknown) =>
    fail(
      'PROFILE_INVALID',
      { path, problem: `cannot be read (${reason(error)})`, next: 'correct `project:` in lastgreen.yml' },
      { cause: error },
    ),
  );
  const located = read(source, path, 'correct the file');
  const { profile: name } = check(project, located, [], located.value, path);
  if (name === undefined) {
    return fail('PROFILE_INVALID', {
      path,
      problem: 'it names no profile, so nobody knows what to connect to.',
      next: 'write `profile: NAME` into dbt_project.yml',
    });
  }
  if (!isJinja(name)) return name;
  try {
    return String(renderValue(name, variables));
  } catch (error) {
    return fail(
      'PROFILE_INVALID',
      { path, problem: `profile: ${reason(error)}`, next: 'set it, then type the same again' },
      { cause: error },
    );
  }
}

async function profilesFile({ projectDir, cwd, variables }: Where): Promise<{ path: string; source: string }> {
  const asked = variables['DBT_PROFILES_DIR'];
  const folders = asked ? [resolve(cwd, asked)] : [projectDir, join(variables['HOME'] ?? homedir(), '.dbt')];
  for (const folder of folders) {
    const path = join(folder, 'profiles.yml');
    const source = await readFile(path, 'utf8').catch((error: unknown) => {
      if (reason(error) === 'ENOENT' || reason(error) === 'ENOTDIR') return null;
      return fail(
        'PROFILE_INVALID',
        { path, problem: `cannot be read (${reason(error)})`, next: 'make it readable' },
        { cause: error },
      );
    });
    if (source !== null) return { path, source };
  }
  return fail('PROFILE_INVALID', {
    path: 'profiles.yml',
    problem: `there is none in ${folders.join(' or ')}${asked ? '' : ', and no DBT_PROFILES_DIR'}.`,
    next: asked ? 'correct DBT_PROFILES_DIR' : 'export DBT_PROFILES_DIR=...',
  });
}

function read(source: string, path: string, next: string): Located {
  const located = readYaml(source, path);
  if ('problems' in located) return fail('PROFILE_INVALID', { path, problem: located.problems.join('\n'), next });
  return located;
}

function check<T>(schema: z.ZodType<T>, located: Located, path: readonly string[], value: unknown, file: string): T {
  const parsed = schema.safeParse(value, { error: inWords });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
  return fail('PROFILE_INVALID', {
    path: file,
    problem: `not valid:\n  ${problemsOf(issues, located).join('\n  ')}`,
    next: 'correct the file',
  });
}

const reason = (error: unknown): string =>
  error instanceof Error
    ? 'code' in error && typeof error.code === 'string'
      ? error.code
      : error.message
    : String(error);
