import { checkId, type NodeId } from '../domain/ids.ts';
import { layoutBehind } from '../planning/difference.ts';
import type { Column } from '../warehouse/port.ts';
import type { Gate, GateIo } from './gate.ts';
import { counted, listed, shortNames } from './words.ts';

const TIMEOUT_MS = 60_000;

/**
 * A node that kept its rows although its definition changed has the columns that its query now gives, and the layout that
 * its config says. What an old row should hold in a new column nobody but a person knows: a difference waits for one.
 */
export const shape: Gate = {
  name: 'shape',

  expect({ plan }) {
    const nodes = plan.nodes.filter((node) => node.checkShape);
    const short = shortNames(nodes);
    return nodes.map((node) => ({
      id: checkId(`shape:${short.get(node.id) ?? node.id}`),
      gate: 'shape',
      at: 'built',
      severity: 'fail',
      timeoutMs: TIMEOUT_MS,
      title: `${node.name} kept its rows and has the columns and the layout of its changed definition`,
      node: node.id,
    }));
  },

  async run(check, io) {
    const { candidate, results, signal } = io;
    const relation = check.node === null ? null : candidate.relationOf(check.node);
    const built = relation && candidate.catalog.find(relation);
    if (!built) return { verdict: 'error', because: 'the relation is not on the side that was built' };
    const compiled = results.find((result) => result.id === check.node)?.compiled;
    if (!compiled) return { verdict: 'inconclusive', because: 'dbt left no compiled query to compare with' };
    const wanted = await candidate.describe(compiled, signal);
    const differences = [...differencesOf(built.columns, wanted), ...oldLayout(check.node, io)];
    if (differences.length > 0)
      return { verdict: 'inconclusive', because: `it kept rows of another shape: ${listed(differences, 10)}` };
    const expected = `the ${counted(wanted.length, 'column')} of its query`;
    return { verdict: 'pass', expected, observed: expected };
  },
};

/** dbt gives a layout to what it makes anew: what is there already keeps the one it has. */
function oldLayout(id: NodeId | null, { plan, baseline, liveManifest }: GateIo): readonly string[] {
  const node = id === null ? undefined : liveManifest.nodes.get(id);
  const was = plan.renamed.find(({ to }) => to === id)?.from ?? id;
  const before = was === null ? undefined : baseline?.nodes.get(was);
  return node && before ? layoutBehind(before, node).map((key) => `its ${key} is that of before`) : [];
}

function differencesOf(built: readonly Column[], wanted: readonly Column[]): readonly string[] {
  const has = new Map(built.map((column) => [column.name.toLowerCase(), column]));
  const wants = new Set(wanted.map((column) => column.name.toLowerCase()));
  const missing = wanted.flatMap((column) => {
    const found = has.get(column.name.toLowerCase());
    if (!found) return [`${column.name} is missing`];
    return found.type === column.type ? [] : [`${column.name} is ${found.type}, its query gives ${column.type}`];
  });
  const extra = built.filter((column) => !wants.has(column.name.toLowerCase()));
  return [...missing, ...extra.map((column) => `${column.name} is not in its query any more`)];
}
