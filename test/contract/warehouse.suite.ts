import { afterEach, beforeEach, describe } from 'vitest';
import { claims } from './warehouse/claims.ts';
import { cutovers } from './warehouse/cutovers.ts';
import { Driver, type Manner, type WarehouseHouse } from './warehouse/house.ts';
import { looks } from './warehouse/looks.ts';
import { queries } from './warehouse/queries.ts';
import { sides } from './warehouse/sides.ts';

export type { WarehouseHouse } from './warehouse/house.ts';

/** What every warehouse promises (src/warehouse/port.ts), whatever its sides are made of. */
const everything = [claims, looks, sides, cutovers, queries];

/** What depends on what changes places, for a warehouse that has been asked for everything in another of its ways. */
export const ofSides = [sides, cutovers];

export function warehouseSuite(
  name: string,
  build: () => Promise<WarehouseHouse>,
  manner: Manner,
  parts: readonly (typeof sides)[] = everything,
): void {
  describe(`a warehouse: ${name}`, () => {
    let driver: Driver;
    beforeEach(async () => {
      driver = new Driver(await build());
    });
    afterEach(() => driver.house.dispose());
    for (const part of parts) part(() => driver, manner);
  });
}
