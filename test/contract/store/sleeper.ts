import type { Version } from '../../../src/store/port.ts';
import { openStore, type StoreAddress } from './open.ts';

/** A replacement that is large enough for the process to be stopped while it writes. */
export interface Sleeper {
  readonly address: StoreAddress;
  readonly key: string;
  readonly version: Version;
  /** bytes */
  readonly size: number;
}

process.once('message', (message) => {
  // Only the contract tests fork this file, and send a Sleeper.
  const { address, key, version, size } = message as Sleeper;
  openStore(address)
    .put(key, Buffer.alloc(size, 'z'), version)
    .then(
      (put) => process.send?.(put, () => process.exit(0)),
      () => process.exit(1),
    );
});
process.send?.('ready');
