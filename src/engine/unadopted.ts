import type { Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import { heldPointers, pointersOf } from '../planning/guards.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';

/**
 * Before dbt starts, which takes seconds: where whole files change places, one that is there and that no release made
 * tells by itself that a release would replace it. Throws ADOPT_NEEDED.
 */
export async function refuseUnadopted(ports: Ports, mark: Mark | null, signal: AbortSignal): Promise<void> {
  const { warehouse, sides } = ports;
  const pointers = pointersOf(warehouse.traits, sides.live);
  if (mark !== null || pointers.length === 0) return;
  const catalog = await retrying(ports, () => warehouse.catalog(pointers), signal);
  const names = heldPointers(pointers, catalog);
  if (names.length > 0) fail('ADOPT_NEEDED', { names });
}
