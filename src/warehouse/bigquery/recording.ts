import { writeCarried } from './carried.ts';
import type { Item } from './copy.ts';
import type { Filling } from './filling.ts';
import { type Found, foundIn } from './found.ts';
import { type Carried, depthOf, type Facts, originOf, printOf } from './means.ts';
import type { TableId } from './places.ts';
import { isRoutine } from './routines.ts';

interface Done {
  readonly items: readonly Item[];
  /** Hashes of who may do what with each. */
  readonly guards: ReadonlyMap<Item, string>;
  readonly facts: Facts;
}

/**
 * Notes what a slot has from where, once all is done to it: the next time nothing of that is copied which nobody has written
 * to. What was written to meanwhile where it came from is not noted.
 */
export async function recordCarried({ ctx }: Filling, { items, guards, facts }: Done): Promise<void> {
  const datasets = new Map(
    items
      .flatMap(({ source, relation, to }) => [
        { ...to, ...relation },
        { ...source.id, ...source.relation },
      ])
      .map(({ project, dataset, location, schema }) => [
        dataset,
        { project, dataset, location, schema, created: 0, travelMs: 0 },
      ]),
  );
  const now = await foundIn(ctx, [...datasets.values()], { bare: true });
  const byId = new Map(now.map((one) => [keyOf(one.id, one.kind), one]));
  const entries = items.flatMap((item): readonly Carried[] => {
    const [is, was] = [byId.get(keyOf(item.to, item.source.kind)), byId.get(keyOf(item.source.id, item.source.kind))];
    if (!is || !was || printOf(was) !== printOf(item.source)) return [];
    const origin = originOf(item.source, facts.records);
    return [{ print: printOf(is), origin, depth: depthAfter(item, facts), guards: guards.get(item) ?? '' }];
  });
  const written = new Set(items.map(({ to }) => to.dataset));
  const others = [...facts.records.values()].filter(({ print }) => !written.has(print.slice(0, print.indexOf('.'))));
  await writeCarried(ctx, [...others, ...entries]);
}

const keyOf = ({ project, dataset, table }: TableId, kind: Found['kind']): string =>
  JSON.stringify([project, dataset, table, isRoutine(kind)]);

function depthAfter({ means, source, target }: Item, facts: Facts): number {
  if (means === 'clone') return depthOf(source, facts) + 1;
  return means === 'nothing' && target !== null ? depthOf(target, facts) : 0;
}
