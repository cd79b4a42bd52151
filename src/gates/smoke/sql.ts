import type { Manifest, ManifestNode } from '../../domain/manifest.ts';
import type { GateIo, Side } from '../gate.ts';
import { listed } from '../words.ts';

/** A quoted argument of a Jinja call. */
const text = String.raw`(?:'([^']*)'|"([^"]*)")`;
const ref = new RegExp(
  String.raw`^ref\(\s*${text}\s*(?:,\s*${text}\s*)?(?:,\s*(?:v|version)\s*=\s*['"]?([^'")\s]+)['"]?\s*)?\)$`,
);
const source = new RegExp(String.raw`^source\(\s*${text}\s*,\s*${text}\s*\)$`);

/** A side to ask, with the project that its names come from. */
export interface Asked {
  readonly side: Side;
  readonly manifest: Manifest;
  /** For messages: `this commit`, `what is live`. */
  readonly called: string;
}

/** As much of it as names need. */
type Named = Omit<Asked, 'side'> & { readonly side: Pick<Side, 'relationOf' | 'quote'> };

/** The side that goes live, or is live. */
export const candidateOf = (io: GateIo): Asked => ({
  side: io.candidate,
  manifest: io.manifest,
  called: 'this commit',
});

/** What it is compared with; null when nothing was live before. */
export const currentOf = (io: GateIo): Asked | null =>
  io.current && {
    side: io.current,
    manifest: io.baseline ?? io.liveManifest,
    called: io.at === 'live' ? 'what was live before' : 'what is live',
  };

/**
 * A person's SQL for one side: `{relation}` is the relation of `node`, `{{ ref('x') }}` and `{{ source('a', 'b') }}` are
 * those of the side. Throws an Error that says what it stands for when the side does not have it, and for other Jinja.
 */
export function forSide(sql: string, asked: Named, node: string | null): string {
  const quoted = (id: string): string => {
    const relation = asked.side.relationOf(id);
    if (!relation) throw new Error(`${asked.called} has no relation for ${id}`);
    return asked.side.quote(relation);
  };
  const called = sql.replace(/\{\{\s*(.*?)\s*\}\}/gs, (whole, call: string) => quoted(resolve(call, whole, asked)));
  const left = /\{[%#{]/.exec(called);
  if (left) throw new Error(`${knows}, and no other Jinja: ${called.slice(left.index, left.index + 40)}`);
  return called.replaceAll('{relation}', () => {
    if (node === null) throw new Error("{relation} needs a node: say {{ ref('x') }} instead");
    return quoted(nodeOf({ name: node }, asked));
  });
}

const knows = "a smoke check knows {relation}, {{ ref('x') }} and {{ source('a', 'b') }}";

/** What a check names and a project has not, in words; null when it can be asked. */
export function unknownIn(sql: string | null, node: string | null, manifest: Manifest, called: string): string | null {
  const nowhere = { location: '', database: '', schema: '', identifier: '' };
  const side = { relationOf: () => nowhere, quote: () => '' };
  try {
    forSide(sql ?? '{relation}', { side, manifest, called }, node);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the side has what a check is about: live may lack a node that its project has. */
export function holds(asked: Asked, node: string): boolean {
  const relation = asked.side.relationOf(nodeOf({ name: node }, asked));
  return relation !== null && asked.side.catalog.find(relation) !== null;
}

/** The unique_id that a call means. */
function resolve(call: string, whole: string, asked: Named): string {
  const toNode = ref.exec(call);
  if (toNode) {
    const [first = '', second] = [toNode[1] ?? toNode[2], toNode[3] ?? toNode[4]];
    const version = toNode[5];
    return nodeOf(second === undefined ? { name: first, version } : { name: second, from: first, version }, asked);
  }
  const toSource = source.exec(call);
  if (!toSource) throw new Error(`${knows}, and not ${whole}`);
  const [group, table] = [toSource[1] ?? toSource[2], toSource[3] ?? toSource[4]];
  const found = [...asked.manifest.sources.keys()].find((id) => id.endsWith(`.${group}.${table}`));
  if (found === undefined) throw new Error(`${asked.called} has no source ${group}.${table}`);
  return found;
}

interface Wanted {
  /** A name or a unique_id. */
  readonly name: string;
  /** A package. */
  readonly from?: string | undefined;
  readonly version?: string | undefined;
}

/** The unique_id of what a person calls by name. Throws an Error for none and for several. */
function nodeOf({ name, from, version }: Wanted, { manifest, called }: Pick<Asked, 'manifest' | 'called'>): string {
  const fits = (node: ManifestNode) =>
    (node.name === name || node.id === name) &&
    (from === undefined || node.package === from) &&
    (version === undefined || node.version === version);
  const found = [...manifest.nodes.values()].filter(fits);
  const [first] = found;
  if (!first) throw new Error(`${called} has no node ${name}${version === undefined ? '' : ` of version ${version}`}`);
  if (found.length > 1) throw new Error(`${name} may be ${listed(found.map(({ id }) => id))}: say which`);
  return first.id;
}
