import { DuckDBInstance } from '@duckdb/node-api';

/** Has a file open as a program does that another one did not expect, until it is killed. */
const [path = '', mode = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create(path, { access_mode: mode });
const connection = await instance.connect();
process.on('message', (sql: string) => {
  const answer = async () => {
    const rows = (await connection.runAndReadAll(sql)).getRowsJson();
    process.send?.(rows);
  };
  void answer();
});
process.send?.('open');
