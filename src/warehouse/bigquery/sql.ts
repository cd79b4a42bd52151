import { sqlFiles } from '../sql.ts';
import { datasetName, regionName } from './dialect.ts';

type Text = 'relations' | 'routines' | 'columns';

const sqlFile = sqlFiles<Text | 'dropped'>('bigquery');

/** A dataset of a project. */
export interface DatasetId {
  readonly project: string;
  readonly dataset: string;
}

/** A text of sql/bigquery for each of some datasets, as one query. */
export async function sqlOf(name: Text, datasets: readonly DatasetId[]): Promise<string> {
  const text = withoutHeader(await sqlFile(name));
  return datasets
    .map(({ project, dataset }) => text.replaceAll('{dataset}', datasetName(project, dataset)))
    .join('\nUNION ALL\n');
}

/** The same of what is asked of a whole region. */
export const sqlOfRegion = async (name: 'dropped', project: string, location: string): Promise<string> =>
  withoutHeader(await sqlFile(name)).replaceAll('{region}', regionName(project, location));

/** What a header says of a parameter is not the parameter. */
const withoutHeader = (text: string): string => text.replaceAll(/^ *--.*\n/gm, '').trim();
