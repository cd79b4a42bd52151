import type { Fill } from '../domain/change.ts';
import type { Fence } from '../domain/ids.ts';
import { counted } from '../gates/words.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { retrying } from './retry.ts';

/** What comes back gets the rights that live has by now. Repeatable; readers of live notice nothing of it. */
export async function protectReturning(
  ports: Ports,
  fills: readonly Fill[],
  o: { readonly fence: Fence; readonly signal: AbortSignal },
): Promise<void> {
  if (fills.length === 0) return;
  await phase(ports, 'protect', counted(fills.length, 'relation'), () =>
    retrying(ports, () => ports.warehouse.fill(fills, o), o.signal),
  );
}
