import type { Client } from '../../../warehouses/snowflake/client.ts';
import type { Running } from '../run.ts';

/** Where facts are tried. */
export interface Ground extends Running {
  readonly ask: Client['ask'];
  /** Empty at the beginning, and of the run alone; with its database, as SQL has it. */
  readonly schema: string;
}

/** The first column of the first row. */
export const valueOf = async (ground: Pick<Ground, 'ask'>, sql: string): Promise<unknown> =>
  Object.values((await ground.ask(sql))[0] ?? {})[0];
