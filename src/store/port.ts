import type { Brand } from '../domain/ids.ts';

/** Opaque: compare-and-swap hands it back. */
export type Version = Brand<string, 'Version'>;

export interface Stored {
  readonly body: Uint8Array;
  readonly version: Version;
  /** Since the last write, by the store's own clock. */
  readonly ageMs: number;
}

/**
 * Documents under keys such as `prod/head.json`. A put that was answered is durable. Throws StoreError and nothing else.
 */
export interface Store {
  /** For people: a path or a URL, without secrets. */
  readonly name: string;
  get(key: string): Promise<Stored | null>;
  /**
   * `if-absent` creates once and for all; a Version replaces exactly that version. `lost`: somebody else's is there.
   * Settles its own unknown outcomes by reading back (bodies are unique by a nonce), or throws `unknown`.
   */
  put(key: string, body: Uint8Array, only: 'if-absent' | Version): Promise<Version | 'lost'>;
  /** Keys in code unit order, after `after`. */
  list(prefix: string, after?: string): AsyncIterable<string>;
  /** Retention only. Absent is no error. */
  remove(key: string): Promise<void>;
}

export class StoreError extends Error {
  readonly is: 'down' | 'denied' | 'full' | 'corrupt' | 'unknown';
  readonly key: string;

  constructor(is: StoreError['is'], key: string, message: string, o?: ErrorOptions) {
    super(message, o);
    this.name = 'StoreError';
    this.is = is;
    this.key = key;
  }
}
