import { isMap, isScalar, LineCounter, type Pair, parseDocument, type Document as Yaml } from 'yaml';
import type * as z from 'zod';

/** What is wrong and where, for people: `lastgreen.yml:7:9: environments.prod.target: is missing`. */
export type Problem = string;

type Path = readonly PropertyKey[];

/** A YAML text whose places are known, so that what is wrong with a value names its line and column. */
export interface Located {
  readonly value: unknown;
  /** A problem at the value under a path, or at the nearest place above it that is in the file. */
  at(path: Path, message: string): Problem;
}

/** Reads YAML, with merge keys (`<<`) as dbt has them; what is not YAML comes back as problems. `name` is what the problems call the file. */
export function readYaml(source: string, name: string): Located | { readonly problems: readonly Problem[] } {
  const lines = new LineCounter();
  const yaml = parseDocument(source, { lineCounter: lines, prettyErrors: false, merge: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (yaml.errors.length > 0) {
    return { problems: yaml.errors.map((error) => `${place(error.pos[0])}: ${firstLine(error.message)}`) };
  }
  try {
    return {
      value: yaml.toJS(),
      at: (path, message) => `${place(offsetOf(yaml, path))}: ${path.length > 0 ? `${dotted(path)}: ` : ''}${message}`,
    };
  } catch (error) {
    // Aliases that point nowhere, or that would grow without end, only show when the values are made.
    return { problems: [`${name}:1:1: ${error instanceof Error ? firstLine(error.message) : String(error)}`] };
  }
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message;

const dotted = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');

/** Where the key of the last part stands; for list items and missing keys, where their parent does. */
function offsetOf(yaml: Yaml, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? yaml.contents : yaml.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const key = parent.items.find((pair: Pair) => isScalar(pair.key) && String(pair.key.value) === String(last))?.key;
      if (isScalar(key) && key.range) return key.range[0];
    }
    const node = yaml.getIn(path.slice(0, length), true);
    if (hasRange(node)) return node.range[0];
  }
  return yaml.contents?.range?.[0] ?? 0;
}

const hasRange = (node: unknown): node is { range: [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);

/** What a schema found, each with its place. An unknown key is a problem of its own, at that key. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], located: Located): readonly Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => located.at([...issue.path, key], messages[index] ?? issue.message));
    }
    if (issue.code === 'invalid_key') return [located.at(issue.path, issue.issues[0]?.message ?? issue.message)];
    if (issue.code === 'invalid_union') {
      const nearest = issue.errors.find((errors) =>
        errors.some((inner) => inner.code === 'unrecognized_keys' || inner.path.length > 0),
      );
      if (nearest)
        return problemsOf(
          nearest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
          located,
        );
    }
    return [located.at(issue.path, issue.message)];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** Messages in the words of this file format instead of TypeScript's. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_value')
    return issue.input === undefined ? 'is missing' : `must be ${issue.values.join(' or ')}`;
  if (issue.input === undefined) return 'is missing';
  if (issue.code === 'invalid_type') return `must be ${WORDS[issue.expected] ?? issue.expected}`;
  return undefined;
};
