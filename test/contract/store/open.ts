import { localStore } from '../../../src/store/local.ts';
import type { Store } from '../../../src/store/port.ts';

/** Enough to open the same store from another process. */
export interface StoreAddress {
  readonly kind: 'local';
  readonly root: string;
}

/** Another client of the same store. */
export function openStore(address: StoreAddress): Store {
  return localStore(address.root);
}
