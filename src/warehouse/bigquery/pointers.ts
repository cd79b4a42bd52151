import { type Container, inContainer, nameKey, sameName } from '../../domain/relation.ts';
import type { Context } from './context.ts';
import { type Dataset, datasetsIn } from './datasets.ts';
import { pointedTo } from './dialect.ts';
import { byName, type Found, foundIn } from './found.ts';
import { relationOf, sideContainer, sideOf } from './places.ts';

/** A relation that readers use, with what is behind it: everything but its name is of that. */
export interface Pointer extends Found {
  /** In its slot. */
  readonly to: Found;
}

export type There = Found | Pointer;

export const isPointer = (one: There): one is Pointer => 'to' in one;

/** What the serving datasets hold by their own account, and what that leads to. */
export interface Followed {
  readonly found: readonly There[];
  readonly datasets: readonly Dataset[];
}

/** What is in some containers. `live`: the slot that readers have, asked for at once with the rest. */
export async function followed(
  ctx: Context,
  scope: readonly Container[],
  o: { readonly bare: boolean; readonly live: string | null },
): Promise<Followed> {
  const { places } = ctx;
  const isLive = scope.some(({ location }) => sideOf(places, location) === 'live');
  const live = isLive && o.live !== null ? [sideContainer(places, o.live)] : [];
  const datasets = [...(await datasetsIn(ctx, [...scope, ...live]))];
  const found = [...(await foundIn(ctx, datasets, o))];
  const elsewhere = slotsBeyond(ctx, found, datasets);
  if (elsewhere.length > 0) {
    const more = await datasetsIn(ctx, elsewhere);
    datasets.push(...more);
    found.push(...(await foundIn(ctx, more, o)));
  }
  const known = byName(found);
  return { datasets, found: found.map((one) => pointer(ctx, one, known)) };
}

/**
 * In the middle of a cutover some of what readers have is of another slot, of which perhaps no more than a dataset was asked
 * for.
 */
function slotsBeyond(ctx: Context, found: readonly Found[], datasets: readonly Dataset[]): readonly Container[] {
  const keyOf = ({ location, schema }: Pick<Dataset, 'location' | 'schema'>): string =>
    JSON.stringify([location, schema]);
  const known = new Set(datasets.map(keyOf));
  const beyond = found.flatMap((one): readonly Container[] => {
    const to = slotRelation(ctx, one);
    return to === null || known.has(keyOf(to))
      ? []
      : [{ location: to.location, database: to.database, schema: to.schema }];
  });
  return [...new Map(beyond.map((one) => [JSON.stringify(one), one])).values()];
}

/** What a serving view points to; null: it is none of ours, whatever it reads. */
function slotRelation({ places }: Pick<Context, 'places'>, { relation, kind, definition }: Found) {
  if (kind !== 'view' || definition === null || sideOf(places, relation.location) !== 'live') return null;
  const target = pointedTo(definition);
  const to = target && relationOf(places, target);
  const isOurs = to !== null && sideOf(places, to.location) === 'slot';
  return isOurs && sameName(to, inContainer(relation, sideContainer(places, to.location))) ? to : null;
}

function pointer(ctx: Context, one: Found, known: ReadonlyMap<string, Found>): There {
  const to = slotRelation(ctx, one);
  const behind = to && known.get(nameKey(to));
  return behind ? { ...behind, relation: one.relation, to: behind } : one;
}
