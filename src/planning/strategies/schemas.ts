import { type Container, contains, nameKey } from '../../domain/relation.ts';
import type { NamedNode } from '../names.ts';
import { container } from './container.ts';
import { greenPlace } from './kept-places.ts';
import { sides, splitSchemas } from './relation.ts';
import { type Prepared, type PrepareFacts, type Strategy, schemasOf } from './strategy.ts';

/** Each schema that holds a change changes places with a copy of it, and with all that is in it; the others stay as they are. */
export const schemas: Strategy = { prepare, cut: (facts) => container.cut(facts), sides };

function prepare(facts: PrepareFacts): Prepared {
  const { placed, unchanged, leaving, names } = facts;
  const moving = [...names.nodes.values()].filter((node) => !node.shared);
  const lives = placed.flatMap(({ node: { live, idle } }) => (live && idle ? [live] : []));
  const idleOf = idleSchemas(moving);
  const live = schemasOf([...lives, ...leaving]);
  const idle = live.map((schema) => idleOf.get(nameKey(schema)) ?? greenPlace(schema));
  const changes = ({ live: one }: NamedNode): boolean => live.some((schema) => contains(schema, one));
  const prepared = container.prepare({
    ...facts,
    sides: { live, idle },
    names: { ...names, nodes: new Map([...names.nodes].filter(([, node]) => changes(node))) },
    unchanged: unchanged.filter((node) => node.shared || changes(node)),
  });
  const outside = unchanged.filter((node) => !node.shared && !changes(node));
  return {
    ...prepared,
    deferred: [...prepared.deferred, ...outside.map(({ id, live: one }) => ({ id, live: one }))],
    problems: [...prepared.problems, ...splitSchemas(moving)],
  };
}

/** By live schema, where dbt builds what belongs there. */
const idleSchemas = (nodes: readonly NamedNode[]): ReadonlyMap<string, Container> =>
  new Map(
    nodes.flatMap(({ live, idle }) => {
      const [from, to] = [schemasOf([live])[0], schemasOf([idle])[0]];
      return from && to ? [[nameKey(from), to] as const] : [];
    }),
  );
