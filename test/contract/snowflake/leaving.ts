import { contains, inContainer, sameName } from '../../../src/domain/relation.ts';
import { exchangeRelations } from '../../../src/planning/strategies/exchange.ts';
import type { SnowflakeHouse } from './house.ts';

/** A house whose releases take these relations out of live where they do not build them, and seed nothing. */
export function withLeaving(house: SnowflakeHouse, names: readonly string[]): SnowflakeHouse {
  const [live] = house.live;
  if (live === undefined) throw new RangeError('live has a schema');
  return {
    ...house,
    prepare: (catalog) => house.prepare(catalog).filter((fill) => fill.do !== 'copy'),
    cut(catalog, [to = live], { release, leaves }) {
      const coming = catalog.relations
        .filter(({ relation }) => contains(to, relation))
        .map(({ relation }) => ({ live: inContainer(relation, live), from: relation }));
      const leaving = names
        .map((name) => house.relation(house.live, name))
        .filter((name) => !coming.some((one) => sameName(one.live, name)))
        .map((name) => ({ live: name, from: null }));
      const own = to.schema === house.idle[0]?.schema ? [to] : [];
      const { traits } = house.warehouse;
      return exchangeRelations([...coming, ...leaving], { live: [live], own, catalog, leaves, release, traits });
    },
  };
}
