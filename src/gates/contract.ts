import { checkId } from '../domain/ids.ts';
import type { ManifestColumn, ManifestNode } from '../domain/manifest.ts';
import type { CatalogRelation, Column } from '../warehouse/port.ts';
import { keepsContract } from './column-type.ts';
import type { Gate, GateFacts } from './gate.ts';
import { published } from './published.ts';
import { counted, shortNames } from './words.ts';

const TIMEOUT_MS = 60_000;

/** The columns of what is published are those that its enforced contract promises. */
export const contract: Gate = {
  name: 'contract',

  expect(facts) {
    const nodes = promising(facts);
    const short = shortNames(nodes);
    return nodes.map((node) => ({
      id: checkId(`contract:${short.get(node.id) ?? node.id}`),
      gate: 'contract',
      at: 'sealed',
      severity: 'fail',
      timeoutMs: TIMEOUT_MS,
      title: `${node.name} has the columns of its contract`,
      node: node.id,
    }));
  },

  async run(check, io) {
    const node = check.node === null ? undefined : io.manifest.nodes.get(check.node);
    if (!node) return { verdict: 'error', because: 'the project does not have this node any more' };
    const expected = `the ${counted(node.columns.length, 'column')} of its contract`;
    const relation = io.candidate.relationOf(node.id);
    const built = relation && io.candidate.catalog.find(relation);
    if (!built)
      return { verdict: 'fail', expected, observed: `no relation for ${node.name} on the side that is to go live` };
    const breaches = breachesOf(node, built);
    return { verdict: breaches.length > 0 ? 'fail' : 'pass', expected, observed: breaches.join('; ') || expected };
  },
};

function promising({ plan, manifest }: GateFacts): readonly ManifestNode[] {
  return published(plan).flatMap(({ id }) => {
    const node = manifest.nodes.get(id);
    return node?.contract.enforced ? [node] : [];
  });
}

/** Sentences for each column that is not as promised; none when all are. */
function breachesOf(node: ManifestNode, built: CatalogRelation): readonly string[] {
  const name = (text: string) => (sensitive(node.columns, built.columns) ? text : text.toLowerCase());
  const found = new Map(built.columns.map((column) => [name(column.name), column]));
  const promised = new Set(node.columns.map((column) => name(column.name)));
  return [
    ...node.columns.flatMap((column) => {
      const breach = breachOf(column, found.get(name(column.name)), built.kind);
      return breach === null ? [] : [breach];
    }),
    ...built.columns
      .filter((column) => !promised.has(name(column.name)))
      .map((column) => `${column.name} is not in the contract`),
  ];
}

/** Engines fold the case of names; it only counts where two columns differ by nothing else. */
const sensitive = (...lists: readonly (readonly { readonly name: string }[])[]): boolean =>
  lists.some((columns) => new Set(columns.map(({ name }) => name.toLowerCase())).size < columns.length);

function breachOf(column: ManifestColumn, found: Column | undefined, kind: string): string | null {
  if (!found) return `${column.name} is missing`;
  if (column.type !== null && keepsContract(column.type, found.type) === 'no')
    return `${column.name} is ${found.type}, not ${column.type}`;
  // Engines know not null on tables only; a view's columns always count as nullable.
  return kind === 'table' && found.nullable && isNotNull(column) ? `${column.name} may be null` : null;
}

const isNotNull = (column: ManifestColumn): boolean =>
  column.constraints.some(
    (constraint) =>
      typeof constraint === 'object' && constraint !== null && 'type' in constraint && constraint.type === 'not_null',
  );
