import type { CutoverPlan, Mark } from '../domain/cutover.ts';
import { WarehouseError } from '../warehouse/port.ts';
import type { Held } from './held.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';

/** A number that was claimed meanwhile without the store is passed by taking the next ones. */
export async function claim(ports: Ports, held: Held, begun: CutoverPlan | null): Promise<Mark | null> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await retrying(ports, () => ports.warehouse.claim(held.fence(), begun));
    } catch (error) {
      if (!(error instanceof WarehouseError) || error.is !== 'fenced' || attempt === 3) throw error;
      held.assertOwned();
      await held.refence();
    }
  }
}
