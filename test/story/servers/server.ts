/** A server that the story starts, and that ends with it. */
export interface Server extends AsyncDisposable {
  /** Where readers connect to; without a password. */
  readonly live: string;
  /** What dbt and lastgreen find the server by. */
  readonly env: Readonly<Record<string, string>>;
  /** What a reader finds its password by. */
  readonly readerEnv: Readonly<Record<string, string>>;
}
