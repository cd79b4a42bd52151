import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sideInArtifacts } from '../../../src/dbt/environment.ts';
import type { BuildRequest, BuildResult, Dbt, NodeResult, Parsed, Project, SideName } from '../../../src/dbt/port.ts';
import { nodeId } from '../../../src/domain/ids.ts';

/** How the stand-in gets to one engine. */
export interface Hand {
  readonly adapter: string;
  /** What the project's relations are in, by side. */
  readonly schema: Readonly<Record<SideName, string>>;
  /** The same; without it, one that both sides are in. */
  readonly database?: Readonly<Record<SideName, string>>;
  /** Whether dbt's adapter writes names without quotes. */
  readonly unquoted?: boolean;
  /** Statements that leave a relation with what a query gives, as dbt's adapter writes them. */
  make(
    kind: string,
    relation: { readonly database?: string; readonly schema: string; readonly name: string },
    query: string,
  ): readonly string[];
  run(side: SideName, statements: readonly string[]): Promise<void>;
}

/**
 * Does what dbt does to a project of plain models, in milliseconds instead of seconds, so that releases can be made
 * for tests of what comes after the build: it writes the manifest that dbt would, and the relations. Recorded
 * manifests are read by the real adapter.
 */
export const standIn = (real: Dbt, hand: Hand): Dbt => ({
  version: async () => ({ core: '1.11.16', adapter: '1.11.1' }),
  parse: (project, side) => parsed(real, project, side, hand),
  async list(project, side, { state }) {
    const now = await parsed(real, project, side, hand);
    const before = state && real.read(state);
    const changed = [...now.manifest.nodes.values()].filter(
      (node) => before?.nodes.get(node.id)?.rawCode !== node.rawCode,
    );
    const modified = new Set(changed.map(({ id }) => id));
    const below = [...now.manifest.nodes.values()].filter((node) =>
      node.dependsOn.nodes.some((parent) => modified.has(parent)),
    );
    return { ...now, selected: [...new Set([...modified, ...below.map(({ id }) => id)])] };
  },
  build: (_, side, request) => build(request, side, hand),
  read: (raw) => real.read(raw),
  inputs: async () => ({ vars: {}, env: {}, packages: null, dbt: '1.11.16', adapter: '1.11.1' }),
});

const project = 'shop';

async function parsed(real: Dbt, { dir }: Project, side: SideName, hand: Hand): Promise<Parsed> {
  const folder = join(dir, 'models');
  const files = (await readdir(folder)).toSorted();
  const nodes = await Promise.all(
    files.map(async (file) => nodeOf(hand, side, basename(file, '.sql'), await readFile(join(folder, file), 'utf8'))),
  );
  const manifest = {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json',
      dbt_version: '1.11.16',
      invocation_id: 'stand-in',
      project_name: project,
      adapter_type: hand.adapter,
      env: { [sideInArtifacts]: side },
    },
    nodes: Object.fromEntries(nodes.map((node) => [node.unique_id, node])),
    sources: {},
    macros: {},
  };
  const raw = new TextEncoder().encode(JSON.stringify(manifest));
  return { raw, manifest: real.read(raw) };
}

function nodeOf(hand: Hand, side: SideName, name: string, code: string) {
  const [database, schema] = [hand.database?.[side] ?? project, hand.schema[side]];
  const parts = [database, schema, name];
  const materialized = code.startsWith('-- view') ? 'view' : 'table';
  const reads = [...code.matchAll(/ref\('(\w+)'\)/g)].map((match) => `model.shop.${match[1]}`);
  return {
    unique_id: `model.shop.${name}`,
    name,
    resource_type: 'model',
    package_name: project,
    original_file_path: `models/${name}.sql`,
    database,
    schema,
    alias: name,
    relation_name: parts.map((part) => (hand.unquoted ? part : `"${part}"`)).join('.'),
    raw_code: code,
    config: { enabled: true, materialized },
    depends_on: { nodes: reads, macros: [] },
  };
}

async function build(
  { select, manifest, defer, arguments: given }: BuildRequest,
  side: SideName,
  hand: Hand,
): Promise<BuildResult> {
  const [database, schema] = [hand.database?.[side], hand.schema[side]];
  const chosen = [...manifest.manifest.nodes.values()].filter(({ id }) => select.includes(id));
  const parentsFirst = chosen.toSorted((a, b) => a.dependsOn.nodes.length - b.dependsOn.nodes.length);
  const queryOf = (code: string): string =>
    code.replaceAll(
      /\{\{ ref\('(\w+)'\) \}\}/g,
      (_, read: string) => `${defer.get(nodeId(`model.shop.${read}`))?.schema ?? schema}.${read}`,
    );
  const isCompiled = given?.[0] === 'compile';
  const statements = parentsFirst.flatMap(({ name, materialized, rawCode }) =>
    hand.make(materialized, { ...(database ? { database } : {}), schema, name }, queryOf(rawCode)),
  );
  if (!isCompiled) await hand.run(side, [`create schema if not exists ${schema}`, ...statements]);
  const results = parentsFirst.map(
    ({ name, rawCode }): NodeResult => ({
      id: nodeId(`model.shop.${name}`),
      status: 'success',
      message: 'OK',
      failures: null,
      rows: null,
      ms: 1,
      compiledPath: null,
      ...(isCompiled ? { compiled: queryOf(rawCode) } : {}),
    }),
  );
  const artifacts = { 'run_results.json': new TextEncoder().encode('{"results": []}') };
  return { invocation: 'stand-in', results, ok: true, artifacts, ms: 1 };
}
