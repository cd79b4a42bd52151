import type { Inputs, Manifest, ManifestNode } from '../domain/manifest.ts';
import { change, type OwnChange } from './difference.ts';
import { isInternal, macroGraph, macroPackage } from './reach.ts';

/** What a build reads beside the commit and that differs now. */
export interface InputChanges {
  readonly vars: readonly string[];
  readonly env: readonly string[];
  readonly packages: boolean;
  /** Such as `dbt 1.11.16 -> 1.12.0`; null for patch releases, where only the macros that changed count. */
  readonly upgrade: string | null;
}

export const noInputChanges: InputChanges = { vars: [], env: [], packages: false, upgrade: null };

export function inputChanges(was: Inputs, is: Inputs): InputChanges {
  const upgrades = (['dbt', 'adapter'] as const).flatMap((what) => upgrade(what, was[what], is[what]));
  return {
    vars: changedKeys(was.vars, is.vars),
    env: changedKeys(was.env, is.env),
    packages: was.packages !== is.packages,
    upgrade: upgrades.length > 0 ? upgrades.join(', ') : null,
  };
}

const changedKeys = (was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>): readonly string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => was[key] !== is[key]).toSorted();

const line = (version: string): string => version.split('.').slice(0, 2).join('.');
const upgrade = (what: string, was: string, is: string): readonly string[] =>
  line(was) === line(is) ? [] : [`${what === 'dbt' ? 'dbt' : 'dbt adapter'} ${was} -> ${is}`];

/** What the changed inputs mean for a node: the vars and env vars that its code or its macros read. */
export function inputReasons(node: ManifestNode, manifest: Manifest, changes: InputChanges): readonly OwnChange[] {
  const closure = macroGraph(manifest).closure(node);
  const reads = (find: (text: string) => Mentions, changed: readonly string[]): readonly string[] => {
    if (changed.length === 0) return [];
    const own = [node.rawCode, ...macroTexts(closure, manifest)].map(find);
    return own.some((mentions) => mentions.computed)
      ? changed
      : changed.filter((name) =>
          own.some((mentions) => mentions.names.has(shortName(name)) || mentions.names.has(name)),
        );
  };
  const vars = reads(mentionsOf('var'), changes.vars);
  const env = reads(mentionsOf('env_var'), changes.env);
  const packaged =
    changes.packages && (node.package !== manifest.project || [...closure].some((id) => isPackaged(id, manifest)));
  return [
    ...(vars.length > 0 ? [change('vars', 'rows', vars.join(', '))] : []),
    ...(env.length > 0 ? [change('env', 'rows', env.join(', '))] : []),
    ...(packaged ? [change('packages', 'light')] : []),
    ...(changes.upgrade === null ? [] : [change('dbt upgrade', 'light', changes.upgrade)]),
  ];
}

const isPackaged = (id: string, manifest: Manifest): boolean =>
  !isInternal(id, manifest) && macroPackage(id) !== manifest.project;

const macroTexts = (closure: ReadonlySet<string>, manifest: Manifest): readonly string[] =>
  [...closure].flatMap((id) => (isInternal(id, manifest) ? [] : (manifest.macros.get(id)?.text ?? [])));

/** A var may be scoped to a package: `shop.start_date`. */
const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

interface Mentions {
  readonly names: ReadonlySet<string>;
  /** A name that is made at run time may be any. */
  readonly computed: boolean;
}

const literal = {
  var: /\bvar(?:\.has_var)?\s*\(\s*(['"])(.*?)\1/g,
  env_var: /\benv_var\s*\(\s*(['"])(.*?)\1/g,
} as const;
const computed = { var: /\bvar(?:\.has_var)?\s*\(\s*[^'"\s)]/, env_var: /\benv_var\s*\(\s*[^'"\s)]/ } as const;

// Pure memory: a macro's text is asked about once for every node that reaches it.
const found = { var: new Map<string, Mentions>(), env_var: new Map<string, Mentions>() } as const;

const mentionsOf =
  (what: 'var' | 'env_var') =>
  (text: string): Mentions => {
    const known = found[what].get(text);
    if (known) return known;
    const names = new Set([...text.matchAll(literal[what])].map((match) => match[2] ?? ''));
    const mentions = { names, computed: computed[what].test(text) };
    found[what].set(text, mentions);
    return mentions;
  };
