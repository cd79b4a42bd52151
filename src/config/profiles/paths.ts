import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { renderDeep, type Variables } from './jinja.ts';

/** `md:shop`, `s3://bucket/x`, `sqlite:x`, `:memory:`: no path of a file. */
const NOT_A_FILE = /^(:|[a-z][a-z0-9+.-]+:)/i;

/** As dbt run in the project's folder would resolve it; what is no path of a file stays as it is. */
const absolutePath = (path: string, projectDir: string): string => {
  if (path === '' || NOT_A_FILE.test(path) || isAbsolute(path)) return path;
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(projectDir, path);
};

/**
 * An output whose relative paths are absolute. `keys` and `notPaths` as in ProfileRules. Jinja is rendered only where the
 * rendered path would be relative. Throws JinjaError.
 */
export function withAbsolutePaths(
  output: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  projectDir: string,
  variables: Variables,
  notPaths: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const absolute =
    (at: readonly string[]) =>
    (value: unknown): unknown => {
      if (typeof value !== 'string') return value;
      const rendered = String(renderDeep(value, variables, at));
      const found = notPaths.includes(rendered) ? rendered : absolutePath(rendered, projectDir);
      return found === rendered ? value : found;
    };
  return keys.reduce((found, key) => replaceAt(found, key.split('.'), absolute(key.split('.'))), output);
}

function replaceAt(
  output: Readonly<Record<string, unknown>>,
  [key = '', ...rest]: readonly string[],
  replace: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(output, key)) return output;
  const value = output[key];
  if (rest.length === 0) return { ...output, [key]: replace(value) };
  const inner = (item: unknown): unknown => (isRecord(item) ? replaceAt(item, rest, replace) : item);
  return { ...output, [key]: Array.isArray(value) ? value.map(inner) : inner(value) };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
