import { isDeepStrictEqual } from 'node:util';
import { checkId } from '../domain/ids.ts';
import type { Manifest, ManifestNode } from '../domain/manifest.ts';
import type { Gate } from './gate.ts';
import { counted, listed, shortNames } from './words.ts';

const TIMEOUT_MS = 60_000;

/** Where a node lies is what the sides are for; all else has to be equal. */
const names: ReadonlySet<string> = new Set(['database', 'schema', 'alias']);

/** What is built on the idle side is what production builds: the same nodes with the same resolved config. */
export const parity: Gate = {
  name: 'parity',

  expect: ({ plan }) =>
    plan.kind === 'no-op'
      ? []
      : [
          {
            id: checkId('parity'),
            gate: 'parity',
            at: 'built',
            severity: 'fail',
            timeoutMs: TIMEOUT_MS,
            title: 'both sides have the same project, apart from names',
            node: null,
          },
        ],

  async run(_, { manifest, liveManifest }) {
    const expected = `${counted(liveManifest.nodes.size, 'node')} with the same config on both sides, apart from names`;
    const differences = differencesOf(manifest, liveManifest);
    return {
      verdict: differences.length > 0 ? 'fail' : 'pass',
      expected,
      observed: listed(differences) || 'no difference between the sides',
    };
  },
};

/** Such as `orders (config: materialized)`, `audit_log (only on the idle side)`. */
function differencesOf(idle: Manifest, live: Manifest): readonly string[] {
  const all = new Map([...idle.nodes, ...live.nodes]);
  const short = shortNames(all.values());
  const replace = renaming(idle, live);
  return [...all.keys()].flatMap((id) => {
    const [here, there] = [idle.nodes.get(id), live.nodes.get(id)];
    const name = short.get(id) ?? id;
    if (!here || !there) return [`${name} (only on the ${here ? 'idle' : 'live'} side)`];
    const parts = partsThatDiffer(here, there, replace);
    return parts.length > 0 ? [`${name} (${parts.join(', ')})`] : [];
  });
}

function partsThatDiffer(idle: ManifestNode, live: ManifestNode, replace: (text: string) => string): readonly string[] {
  const differs = (a: unknown, b: unknown) => !isDeepStrictEqual(a, b) && !isDeepStrictEqual(mapText(a, replace), b);
  const keys = new Set([...Object.keys(idle.config), ...Object.keys(live.config)]);
  const config = [...keys].filter((key) => !names.has(key) && differs(idle.config[key], live.config[key]));
  const rest = (
    ['materialized', 'body', 'contract', 'columns', 'constraints', 'tags', 'meta', 'version'] as const
  ).filter((key) => differs(idle[key], live[key]));
  return [...config.map((key) => `config: ${key}`), ...rest.filter((key) => !config.includes(key))];
}

/** In a text of the idle side, puts live's names for the idle side's: the longest first, which may hold shorter ones. */
function renaming(idle: Manifest, live: Manifest): (text: string) => string {
  const pairs = new Map<string, string>();
  for (const [id, { relation }] of idle.nodes) {
    const other = live.nodes.get(id)?.relation;
    if (!relation || !other) continue;
    for (const part of ['location', 'database', 'schema', 'identifier'] as const) {
      if (relation[part] !== '' && relation[part] !== other[part]) pairs.set(relation[part], other[part]);
    }
  }
  const longest = [...pairs.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (longest.length === 0) return (text) => text;
  const any = new RegExp(longest.join('|'), 'g');
  return (text) => text.replace(any, (name) => pairs.get(name) ?? name);
}

/** The same value with each text in it changed, keys of objects too. */
function mapText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapText(item, change)]));
}
