import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, resolve } from 'node:path';
import { fail } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { IdleSpec } from './port.ts';
import { document, type EnvironmentText } from './schema.ts';
import { settingsOf } from './settings.ts';
import { inWords, type Located, type Problem, problemsOf, readYaml } from './yaml.ts';

export const CONFIG_FILE = 'lastgreen.yml';

export interface Environment {
  readonly settings: Settings;
  /** null: the warehouse's own default. */
  readonly idle: IdleSpec | null;
}

/** lastgreen.yml, checked, with every path absolute and every default filled in. */
export interface Config {
  readonly path: string;
  readonly projectDir: string;
  /** A path, or a name to look for on PATH; null: `dbt`. */
  readonly dbt: string | null;
  readonly store: string;
  readonly environments: ReadonlyMap<string, Environment>;
}

/** The file that `--config` names, else the nearest lastgreen.yml from the folder upwards. Throws CONFIG_MISSING. */
export async function findConfig(cwd: string, asked: string | undefined): Promise<string> {
  if (asked !== undefined) return resolve(cwd, asked);
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_FILE);
    if ((await tryRead(path)) !== null) return path;
    if (folder === parse(folder).root) return fail('CONFIG_MISSING', { path: CONFIG_FILE });
  }
}

/**
 * Reads and checks a whole lastgreen.yml; `name` is what messages call it. Throws CONFIG_MISSING, or CONFIG_INVALID with
 * every problem that was found.
 */
export async function readConfig(path: string, name = path): Promise<Config> {
  const source = await tryRead(path, name);
  if (source === null) return fail('CONFIG_MISSING', { path: name });
  const invalid = (problems: readonly Problem[]): never => fail('CONFIG_INVALID', { path: name, problems });
  if (source.trim() === '') return invalid([`${name}:1:1: is empty; \`lastgreen init\` writes one`]);
  const located = readYaml(source, name);
  if ('problems' in located) return invalid(located.problems);
  const parsed = document.safeParse(located.value, { error: inWords });
  if (!parsed.success) return invalid(problemsOf(parsed.error.issues, located));
  const file = parsed.data;
  const folder = dirname(resolve(path));
  const projectDir = resolve(folder, file.project);
  const problems: Problem[] = [];
  if ((await tryRead(join(projectDir, 'dbt_project.yml'))) === null)
    problems.push(located.at(['project'], `there is no dbt_project.yml in ${projectDir}`));
  const environments = new Map<string, Environment>();
  for (const [environment, text] of Object.entries(file.environments)) {
    const settings = await settingsOf(environment, text, file, (sql, index) =>
      readSql(folder, sql, (message) => problems.push(atSmoke(located, environment, index, message))),
    );
    const idle = typeof text.idle === 'string' ? { target: text.idle } : (text.idle ?? null);
    environments.set(environment, { settings, idle: idle && defined(idle) });
  }
  if (problems.length > 0) invalid(problems);
  return {
    path: resolve(path),
    projectDir,
    dbt: dbtOf(folder, file.dbt),
    store: resolve(folder, file.store),
    environments,
  };
}

/** The environment that was asked for, or the only one. Throws ENVIRONMENT_UNKNOWN or USAGE. */
export function environmentOf(config: Config, asked: string | undefined): Environment {
  const known = [...config.environments.keys()];
  if (asked !== undefined) {
    return config.environments.get(asked) ?? fail('ENVIRONMENT_UNKNOWN', { name: asked, known });
  }
  const [only, ...others] = config.environments.values();
  if (only && others.length === 0) return only;
  return fail('USAGE', {
    message: `Which environment? lastgreen.yml has ${known.join(', ')}.`,
    next: `type the same again with --env ${known[0] ?? 'NAME'}`,
  });
}

/** A bare name is looked for on PATH; anything with a folder in it is relative to lastgreen.yml. */
const dbtOf = (folder: string, dbt: string | undefined): string | null =>
  dbt === undefined ? null : dbt.includes('/') && !isAbsolute(dbt) ? resolve(folder, dbt) : dbt;

const atSmoke = (located: Located, environment: string, index: number, message: string): Problem =>
  located.at(['environments', environment, 'gates', 'smoke', index, 'offending'], message);

async function readSql(folder: string, file: string, problem: (message: string) => void): Promise<string> {
  try {
    const sql = await readFile(resolve(folder, file), 'utf8');
    if (sql.trim() === '') problem(`${file} is empty`);
    return sql;
  } catch (error) {
    problem(codeOf(error) === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${codeOf(error)})`);
    return '';
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);

/** Null when there is no such file; throws CONFIG_INVALID when there is something that cannot be read. */
async function tryRead(path: string, name = path): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    const problem = code === 'EISDIR' ? 'is a folder, not a file' : `cannot be read (${code})`;
    return fail('CONFIG_INVALID', { path: name, problems: [`${name}: ${problem}`] }, { cause: error });
  }
}

/** Drops keys whose value is undefined, as exactOptionalPropertyTypes asks. */
const defined = (spec: Exclude<EnvironmentText['idle'], string | undefined> | { target: string }): IdleSpec =>
  // The same keys with the same values, but for those that have none.
  Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as IdleSpec;
