import { BigQuery, type BigQueryOptions, type Query } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { OWNER_TOKEN, PROJECT } from './names.ts';

type Row = Readonly<Record<string, unknown>>;

/** Somebody who knows nothing of lastgreen. */
export interface Client {
  readonly bigquery: BigQuery;
  /** The rows of one statement, or of the last SELECT of a script. */
  readonly ask: (sql: string, more?: Omit<Query, 'query'>) => Promise<readonly Row[]>;
}

/** What `new BigQuery({...})` needs; as the owner of all, or as the user whose address is given. */
export function connectionOf(url: string, user?: string): BigQueryOptions {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: user === undefined ? OWNER_TOKEN : `user:${user}` });
  return {
    projectId: PROJECT,
    apiEndpoint: url,
    autoRetry: false,
    authClient,
  };
}

export function openClient(connection: BigQueryOptions): Client {
  const bigquery = new BigQuery(connection);
  return {
    bigquery,
    ask: async (query, more = {}) => {
      const [job] = await bigquery.createQueryJob({ ...more, query });
      const [rows] = await job.getQueryResults();
      // Rows are objects of the query's columns; the client calls them anything.
      return rows as readonly Row[];
    },
  };
}
