/** What a reader finds its password by. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How a reader reaches one engine: as any dashboard would, with no part of lastgreen. */
export interface Source {
  /** Whether what readers use exists yet: false before the first release. */
  there(): Promise<boolean>;
  open(): Promise<Connection>;
}

export interface Connection {
  /** The rows of one statement; column names in lower case. */
  ask(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}
