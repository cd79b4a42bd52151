declare module 'pgpass' {
  /** Calls back with the password that ~/.pgpass (or PGPASSFILE) has for a connection, or undefined. */
  function pgpass(
    connection: { host: string; port: number; database: string; user: string },
    found: (password: string | undefined) => void,
  ): void;
  export = pgpass;
}
