import { createRequire } from 'node:module';
import type nunjucks from 'nunjucks';

// Loaded by the first value that needs it: most profiles have none, and it takes longer than reading them.
const require = createRequire(import.meta.url);

/** A value that cannot be rendered; the message is for people and holds no value of a variable. */
export class JinjaError extends Error {
  override readonly name = 'JinjaError';
}

export type Variables = Readonly<Record<string, string | undefined>>;

export const isJinja = (value: unknown): value is string => typeof value === 'string' && /\{\{|\{%|\{#/.test(value);

/**
 * Renders the Jinja of one value of profiles.yml as dbt does: `env_var` with its default, and the filters that make a
 * number, a boolean or a native value of a text. Throws JinjaError, naming the variable when it is one that is not set.
 */
export function renderValue(value: string, variables: Variables): unknown {
  const native: { text: string; value: unknown }[] = [];
  const converted = (text: string, found: unknown): string => {
    native.push({ text, value: found });
    return text;
  };
  const { Environment }: typeof nunjucks = require('nunjucks');
  const environment = new Environment(null, { autoescape: false, throwOnUndefined: true });
  environment.addGlobal('env_var', (name: string, fallback?: unknown) => {
    const found = variables[name] ?? fallback;
    if (found === undefined) throw new JinjaError(`the environment variable ${name} is not set`);
    return found;
  });
  environment.addFilter('as_text', (input: unknown) => String(input));
  environment.addFilter('as_number', (input: unknown) => converted(String(input), numberOf(String(input))));
  environment.addFilter('as_bool', (input: unknown) => converted(String(input), booleanOf(String(input))));
  environment.addFilter('as_native', (input: unknown) => converted(String(input), nativeOf(String(input))));
  environment.addFilter('int', (input: unknown) => converted(String(input), numberOf(String(input))));
  try {
    const text = environment.renderString(value, {});
    return native.find((one) => one.text === text)?.value ?? text;
  } catch (error) {
    throw readable(error);
  }
}

/** nunjucks wraps what a function threw into its own error, with a place in a template that has no name. */
function readable(error: unknown): JinjaError {
  const message = error instanceof Error ? error.message : String(error);
  const unset = /the environment variable \S+ is not set|\S+ is not (a number|true or false)/.exec(message);
  const reason = unset?.[0] ?? message.replace(/^\(unknown path\)[^\n]*\n?/, '').trim();
  return new JinjaError(reason, { cause: error });
}

function numberOf(text: string): number {
  const found = Number(text);
  if (text.trim() === '' || Number.isNaN(found)) throw new JinjaError('the value is not a number');
  return found;
}

function booleanOf(text: string): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  if (/^(false|no|off|0)$/i.test(text)) return false;
  throw new JinjaError('the value is not true or false');
}

/** A Python literal, as far as profiles have them. */
function nativeOf(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === 'None' ? null : text;
}

/** Every text in a mapping or list rendered; `at` collects where it was, for messages. */
export function renderDeep(value: unknown, variables: Variables, at: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => renderDeep(item, variables, [...at, String(index)]));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, renderDeep(item, variables, [...at, key])]),
    );
  }
  if (!isJinja(value)) return value;
  try {
    return renderValue(value, variables);
  } catch (error) {
    throw new JinjaError(`${at.join('.')}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
