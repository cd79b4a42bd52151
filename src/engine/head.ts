import type { Head } from '../domain/head.ts';
import { fence as asFence } from '../domain/ids.ts';
import { StoreError, type Version } from '../store/port.ts';
import type { Ports } from './ports.ts';
import { type Records, records } from './records.ts';
import { retrying } from './retry.ts';

/** The head of a store that nobody has used yet names its lineage; made once, by whoever comes first. */
export async function ensureHead(ports: Ports): Promise<Head> {
  const store = records(ports);
  const found = await retrying(ports, () => store.head());
  if (found) return found.head;
  const head: Head = {
    schema: 'lastgreen/head/1',
    environment: ports.settings.environment,
    lineage: ports.random.nonce().slice(0, 16),
    revision: 0,
    nonce: ports.random.nonce(),
    fence: asFence(0),
    lease: null,
    inFlight: null,
    live: null,
    hold: null,
    ledger: null,
    candidate: null,
    hmacKey: Buffer.from(ports.random.nonce() + ports.random.nonce(), 'hex').toString('base64'),
  };
  if ((await store.putHead(head, 'if-absent')) !== 'lost') return head;
  return (await retrying(ports, () => store.head()))?.head ?? head;
}

/** A put of the head whose answer was lost is settled by reading the nonce back. Throws StoreError. */
export async function putSettled(
  ports: Ports,
  store: Records,
  head: Head,
  version: Version,
): Promise<Version | 'lost'> {
  try {
    return await store.putHead(head, version);
  } catch (error) {
    if (!(error instanceof StoreError) || (error.is !== 'down' && error.is !== 'unknown')) throw error;
    const found = await retrying(ports, () => store.head());
    return found?.head.nonce === head.nonce ? found.version : store.putHead(head, version);
  }
}
