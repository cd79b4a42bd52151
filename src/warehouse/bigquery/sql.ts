import { sqlFiles } from '../sql.ts';
import { datasetName } from './dialect.ts';

type Text = 'relations' | 'routines' | 'columns';

const sqlFile = sqlFiles<Text>('bigquery');

/** A dataset of a project. */
export interface DatasetId {
  readonly project: string;
  readonly dataset: string;
}

/** A text of sql/bigquery for each of some datasets, as one query. */
export async function sqlOf(name: Text, datasets: readonly DatasetId[]): Promise<string> {
  // What a header says of a parameter is not the parameter.
  const text = (await sqlFile(name)).replaceAll(/^ *--.*\n/gm, '').trim();
  return datasets
    .map(({ project, dataset }) => text.replaceAll('{dataset}', datasetName(project, dataset)))
    .join('\nUNION ALL\n');
}
