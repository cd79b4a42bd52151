import { isDuplicate, isOutdated } from '../../../../src/warehouse/bigquery/errors.ts';
import type { TableResource } from '../../../../src/warehouse/bigquery/resources.ts';
import { getTable } from '../../../../src/warehouse/bigquery/tables.ts';
import type { Running } from '../run.ts';

/** Where facts are tried. */
export interface Ground extends Running {
  /** Of the run alone, and empty at the beginning. */
  readonly dataset: string;
  /** `project`.`dataset`.`name`, as SQL has it. */
  readonly name: (table: string) => string;
  /** Statements one after the other. */
  readonly run: (...statements: readonly string[]) => Promise<void>;
  /** A new table of one row, whose id that is; its name. */
  readonly made: (id?: number) => Promise<string>;
  readonly path: (table: string) => string;
  readonly get: (table: string) => Promise<TableResource>;
}

export function groundIn(running: Running, dataset: string): Ground {
  const { ctx, project, value } = running;
  let made = 0;
  const name = (table: string): string => `\`${project}\`.\`${dataset}\`.\`${table}\``;
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const sql of statements) await value(sql);
  };
  return {
    ...running,
    dataset,
    name,
    run,
    made: async (id = 1) => {
      const table = `t${++made}`;
      await run(`create table ${name(table)} as select ${id} as id`);
      return table;
    },
    path: (table) => `/datasets/${dataset}/tables/${table}`,
    get: async (table) => {
      const found = await getTable(ctx.client, { project, dataset, table });
      if (found === null) throw new RangeError(`there is no ${table}`);
      return found;
    },
  };
}

/** How a request ended, in a word. */
export const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) =>
      isOutdated(error) ? 'outdated' : isDuplicate(error) ? 'duplicate' : `refused: ${String(error)}`,
  );

/** `yes`, or what was found instead. */
export const yesOr = (found: string, wanted: string): string => (found === wanted ? 'yes' : found);
