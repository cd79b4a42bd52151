import type { Manifest, ManifestMacro, ManifestNode } from '../domain/manifest.ts';

/**
 * Which macros a node's relation depends on: those it calls, its materialization's, and those that take the place of
 * dbt's own. dbt itself records only the first.
 */
export interface MacroGraph {
  /** Where a node enters the graph. */
  roots(node: ManifestNode): readonly string[];
  /** All that a node depends on, transitively. */
  closure(node: ManifestNode): ReadonlySet<string>;
}

// Pure memory: a manifest never changes, and the graph of one is asked for each of its nodes.
const graphs = new WeakMap<Manifest, MacroGraph>();

export function macroGraph(manifest: Manifest): MacroGraph {
  const known = graphs.get(manifest);
  if (known) return known;
  const made = makeGraph(manifest);
  graphs.set(manifest, made);
  return made;
}

/** `macro.<package>.<name>` */
export const macroPackage = (id: string): string => id.split('.')[1] ?? '';
export const macroName = (id: string): string => id.split('.').slice(2).join('.');

/** dbt's own macros and its adapter's: they change with an upgrade, not with a commit. */
export const isInternal = (id: string, manifest: Pick<Manifest, 'adapter'>): boolean =>
  macroPackage(id) === 'dbt' || macroPackage(id) === `dbt_${manifest.adapter}`;

/** A macro that looks others up by a name made at run time may call any of them. */
const looksUp = /\bcontext\s*(\[|\.get\b)/;

/** `default__x` and `<adapter>__x` implement `x` for `adapter.dispatch`. */
const baseName = (name: string): string => name.replace(/^[a-z0-9]+__/i, '');

function makeGraph(manifest: Manifest): MacroGraph {
  const macros = [...manifest.macros.values()];
  const named = index(macros, (macro) => [macroName(macro.id)]);
  const own = macros.filter((macro) => !isInternal(macro.id, manifest));
  const replacing = index(own, (macro) => [baseName(macroName(macro.id))]);
  const kinds = index(macros, (macro) => materializationOf(macroName(macro.id)));
  const everything = own.map((macro) => macro.id);

  const edges = (macro: ManifestMacro): readonly string[] => {
    if (isInternal(macro.id, manifest))
      return [...macro.dependsOn, ...(replacing.get(baseName(macroName(macro.id))) ?? [])];
    return looksUp.test(macro.text) ? [...macro.dependsOn, ...everything] : macro.dependsOn;
  };
  const roots = (node: ManifestNode): readonly string[] => [
    ...node.dependsOn.macros,
    ...(kinds.get(node.materialized) ?? []),
    ...strategyMacros(node).flatMap((name) => named.get(name) ?? []),
    ...(looksUp.test(node.rawCode) ? everything : []),
  ];
  const closures = new Map<string, ReadonlySet<string>>();
  return {
    roots,
    closure(node) {
      const from = roots(node);
      const key = from.join('\n');
      const known = closures.get(key) ?? reach(from, manifest, edges);
      closures.set(key, known);
      return known;
    },
  };
}

/** `materialization_incremental_default` materializes `incremental`. */
function materializationOf(name: string): readonly string[] {
  const match = /^materialization_(.+)_[^_]+$/.exec(name);
  return match?.[1] === undefined ? [] : [match[1]];
}

/** dbt finds the macros of strategies by names that it makes from the config (docs: "Custom strategies"). */
function strategyMacros(node: ManifestNode): readonly string[] {
  const { incremental_strategy: incremental, strategy } = node.config;
  return [
    ...(typeof incremental === 'string' ? [`get_incremental_${incremental}_sql`] : []),
    ...(typeof strategy === 'string' && node.resource === 'snapshot' ? [`snapshot_${strategy}_strategy`] : []),
  ];
}

function reach(
  from: readonly string[],
  manifest: Manifest,
  edges: (macro: ManifestMacro) => readonly string[],
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const macro = manifest.macros.get(id);
    if (!macro || reached.has(id)) continue;
    reached.add(id);
    open.push(...edges(macro));
  }
  return reached;
}

function index(
  macros: readonly ManifestMacro[],
  keysOf: (macro: ManifestMacro) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const macro of macros) for (const key of keysOf(macro)) found.set(key, [...(found.get(key) ?? []), macro.id]);
  return found;
}
