import type { BuildRequest, BuildResult, Dbt, NodeResult, Parsed, SideName } from '../../../src/dbt/port.ts';
import { LastgreenError } from '../../../src/domain/errors.ts';
import type { NodeId, Sha } from '../../../src/domain/ids.ts';
import { displayName } from '../../../src/domain/relation.ts';
import { madeOf, rowsOf } from './content.ts';
import { type Data, type Found, namesOf, placed, putThing, thingAt } from './data.ts';
import type { Effects, PortErrors } from './effects.ts';
import { type Repository, shaIn } from './git.ts';
import { mannerOf } from './modes.ts';
import { below, find, idOf, inOrder, lineage, manifestOf, type Project, type ProjectNode, testOf } from './project.ts';

/** dbt that ends without a word: killed by somebody, or out of memory. */
class DbtGone extends Error {}

const errors: PortErrors = { down: () => new DbtGone('dbt is gone'), unknown: () => new DbtGone('dbt is gone') };

/** A controller's dbt: it reads checkouts of the world's repository and writes to the world's warehouse. */
export function dbtOf(data: Data, repository: Repository, effects: Effects): Dbt {
  const { read } = effects;
  const projectOf = (id: Sha): Project =>
    repository.commits.get(id)?.project ?? broken('parse', `there is no commit ${id}`);
  const known = new Map<string, Parsed>();
  const parsed = (id: Sha, side: SideName): Parsed => {
    const key = `${id} ${side}`;
    const found = known.get(key) ?? {
      manifest: manifestOf(projectOf(id), namesOf(data, side)),
      raw: Buffer.from(JSON.stringify({ sha: id, side })),
    };
    known.set(key, found);
    return found;
  };
  const readRaw = (raw: Uint8Array): { readonly sha: Sha; readonly side: SideName } => {
    try {
      // Written by `parsed`, or cut off since: then it is no JSON.
      return JSON.parse(Buffer.from(raw).toString()) as { sha: Sha; side: SideName };
    } catch (error) {
      return broken('read', String(error));
    }
  };
  let invocations = 0;

  return {
    version: () => read(async () => ({ core: '1.11.0', adapter: 'model 1.0.0' })),
    parse: ({ dir }, side, signal) =>
      read(async () => {
        signal.throwIfAborted();
        return parsed(shaIn(dir), side);
      }),
    list: ({ dir }, side, { select, state, signal }) =>
      read(async () => {
        signal.throwIfAborted();
        const project = projectOf(shaIn(dir));
        const base = state && projectOf(readRaw(state).sha);
        const asked = select.split(' ').flatMap((one) => (one === 'state:modified+' ? modified(project, base) : [one]));
        const selected = project.nodes.filter(({ name }) => asked.includes(name));
        return { ...parsed(shaIn(dir), side), selected: selected.flatMap((node) => [idOf(node), testOf(node.name)]) };
      }),
    async build({ dir }, side, request) {
      const results: NodeResult[] = [];
      const finish = (ok: boolean): BuildResult => ({
        invocation: `invocation-${++invocations}`,
        results,
        ok: ok && results.every(({ status }) => status === 'success' || status === 'pass'),
        artifacts: { 'run_results.json': Buffer.from(JSON.stringify(results)) },
        ms: 0,
      });
      const project = projectOf(shaIn(dir));
      const failed = new Set<string>();
      try {
        for (const node of inOrder(project).filter((one) => request.select.includes(idOf(one)))) {
          request.signal.throwIfAborted();
          const done = node.parents.some((parent) => failed.has(parent))
            ? [{ ...result(idOf(node), 'skipped' as const), message: 'a parent failed' }]
            : await effects.effect(
                `dbt.build ${side} ${node.name}`,
                async () => buildNode(data, project, node, side, request),
                errors,
              );
          if (done.some(({ status }) => status !== 'success' && status !== 'pass')) failed.add(node.name);
          results.push(...done);
        }
        return finish(true);
      } catch (error) {
        if (error instanceof DbtGone) return finish(false);
        if (request.signal.aborted) throw LastgreenError.of('INTERRUPTED', { doing: 'dbt was building' });
        throw error;
      }
    },
    read: (raw) => {
      const { sha: id, side } = readRaw(raw);
      return parsed(id, side).manifest;
    },
    inputs: () => read(async () => ({ vars: {}, env: {}, packages: null, dbt: '1.11.0', adapter: 'model 1.0.0' })),
  };
}

function broken(doing: string, message: string): never {
  throw LastgreenError.of('DBT_BROKEN', { doing, message });
}

/** dbt's own answer to what differs, and what is below. */
function modified(project: Project, base: Project | null): readonly string[] {
  const differs = (node: ProjectNode): boolean => {
    const old = base && find(base, node.name);
    return (
      !old ||
      old.text !== node.text ||
      old.materialized !== node.materialized ||
      old.parents.join() !== node.parents.join() ||
      old.keepsRows !== node.keepsRows
    );
  };
  const own = project.nodes.filter(differs).map(({ name }) => name);
  return [...own, ...below(project, own)];
}

const result = (id: NodeId, status: NodeResult['status'], rows: number | null = null): NodeResult => ({
  id,
  status,
  message: '',
  failures: status === 'fail' ? 1 : null,
  rows,
  ms: 0,
  compiledPath: null,
});

/** One node and its test, as dbt runs them one after the other. */
function buildNode(
  data: Data,
  project: Project,
  node: ProjectNode,
  side: SideName,
  request: BuildRequest,
): readonly NodeResult[] {
  const id = idOf(node);
  const error = (message: string): readonly NodeResult[] => [{ ...result(id, 'error'), message }];
  if (node.broken) return error('this node is broken');
  const names = namesOf(data, side);
  const reads = node.parents.map((parent): Found['at'] => {
    if (parent.startsWith('raw.')) return names.source(parent.slice('raw.'.length));
    const known = find(project, parent);
    const deferred = known && request.defer.get(idOf(known));
    return deferred ?? placed(data, side, names.relation(parent));
  });
  const parents: Found[] = [];
  for (const at of reads) {
    const thing = thingAt(data, at);
    if (!thing) return error(`${displayName(at)} does not exist`);
    parents.push({ at, thing });
  }
  const rows = write(data, node, placed(data, side, names.relation(node.name)), parents);
  if (side === 'live') data.visible(`dbt wrote ${node.name}`, null);
  return [result(id, 'success', rows), result(testOf(node.name), node.failsTest ? 'fail' : 'pass')];
}

function write(data: Data, node: ProjectNode, at: Found['at'], parents: readonly Found[]): number {
  const base = { of: node.name, text: node.text };
  if (node.materialized === 'view') {
    const own = ({ at: name }: Found) => (name.location === at.location ? { ...name, location: '' } : name);
    const reads = parents.map((parent) =>
      mannerOf(data).viewsBind === 'name' ? { name: own(parent) } : { id: parent.thing.id, name: parent.at },
    );
    putThing(data, at, { ...base, kind: 'view', made: '', rows: [], reads });
    return 0;
  }
  const made = lineage(
    node.text,
    parents.map((parent) => madeOf(data, parent)),
    node.name,
  );
  const fresh = parents.flatMap((parent) => rowsOf(data, parent)).filter((row) => !node.drops?.test(row));
  const old = node.materialized === 'table' ? null : thingAt(data, at);
  const goesOn = old?.kind === 'table' ? old : null;
  const rows = [...new Set([...(goesOn?.rows ?? []), ...fresh])];
  putThing(data, at, { ...base, kind: 'table', made, rows, reads: [] }, goesOn?.id);
  return rows.length;
}
