import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { connectionOf, openClient } from '../../warehouses/bigquery/client.ts';
import { OWNER_TOKEN } from '../../warehouses/bigquery/names.ts';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';

export type Row = Readonly<Record<string, unknown>>;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode: string;
}

/** What tests look at of the API's documents: of a dataset, a table, a job, or a list of them. */
export interface Body {
  readonly etag: string;
  readonly description: string;
  readonly friendlyName: string;
  readonly type: string;
  readonly labels: object;
  readonly access: readonly object[];
  readonly bindings: readonly object[];
  readonly creationTime: string;
  readonly lastModifiedTime: string;
  readonly expirationTime: string;
  readonly numRows: string;
  readonly schema: { readonly fields: readonly Field[] };
  readonly rangePartitioning: object;
  readonly timePartitioning: object;
  readonly clustering: object;
  readonly cloneDefinition?: { readonly baseTableReference: { readonly tableId: string } };
  readonly datasets?: readonly { readonly datasetReference: { readonly datasetId: string } }[];
  readonly tables: readonly { readonly tableReference: { readonly tableId: string } }[];
  readonly routines: readonly { readonly routineReference: { readonly routineId: string } }[];
  readonly rowAccessPolicies: readonly object[];
  readonly jobs: readonly Body[];
  readonly nextPageToken?: string;
  readonly jobReference: { readonly jobId: string };
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason: string };
    readonly errors?: object;
  };
  readonly statistics: { readonly totalSlotMs: string; readonly query: { readonly statementType: string } };
  readonly rows: readonly { readonly f: readonly object[] }[];
  readonly pageToken?: string;
  readonly error?: { readonly errors: readonly { readonly reason: string }[] };
}

/** What came back over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: Body;
}

export interface Client {
  /** Rows in which dates and times are their text. */
  rows(sql: string, more?: object): Promise<readonly Row[]>;
  /** The only column of the only row. */
  value(sql: string, more?: object): Promise<unknown>;
  /** Several statements, one job each. */
  run(...sql: readonly string[]): Promise<void>;
  /** One request: a path below the project, or from its dataset on where it begins with `tables`. */
  ask(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The same for the table of this name. */
  table(name: string): Promise<Body>;
  /** A new dataset of its own. */
  readonly dataset: string;
  /** Of the names of datasets that belong to it. */
  readonly name: string;
}

/** Somebody in a dataset: the owner of all when no user is named. */
export function clientIn(server: BigqueryServer, dataset: string, user?: string): Client {
  const { ask: rowsOf } = openClient(connectionOf(server.url, user));
  const defaultDataset = { projectId: server.project, datasetId: dataset };
  const rows: Client['rows'] = async (sql, more = {}) =>
    (await rowsOf(sql, { defaultDataset, ...more })).map((row) => plain(row) as Row);
  const ask: Client['ask'] = async (method, path, body, headers = {}) => {
    const below = /^(tables|routines)/.test(path) ? `datasets/${dataset}/${path}` : path;
    const answer = await fetch(`${server.url}/bigquery/v2/projects/${server.project}/${below}`, {
      method,
      headers: { authorization: `Bearer ${user === undefined ? OWNER_TOKEN : `user:${user}`}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // Our own server, of the same commit, wrote it.
    return { status: answer.status, body: JSON.parse(text === '' ? '{}' : text) as Body };
  };
  return {
    rows,
    ask,
    dataset,
    name: dataset,
    value: async (sql, more) => Object.values((await rows(sql, more))[0] ?? {})[0],
    run: async (...sql) => {
      for (const one of sql) await rows(one);
    },
    table: async (name) => (await ask('GET', `tables/${name}`)).body,
  };
}

/** The owner of all in a new dataset. */
export async function inDataset(server: BigqueryServer, more: object = {}): Promise<Client> {
  const name = `t${randomBytes(5).toString('hex')}`;
  const client = clientIn(server, name);
  const made = await addDataset(client, name, more);
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return client;
}

export const addDataset = (client: Client, name: string, more: object = {}): Promise<Answer> =>
  client.ask('POST', 'datasets', { datasetReference: { datasetId: name }, ...more });

/** What a job or a request is refused with. */
export const refusal = (reason: string, words: RegExp | string = ''): object =>
  expect.objectContaining({
    errors: expect.arrayContaining([expect.objectContaining({ reason, message: expect.stringMatching(words) })]),
  });

/** What an answer over HTTP says of why not. */
export const reasonOf = ({ status, body }: Answer): readonly unknown[] => [status, body.error?.errors[0]?.reason];

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('value' in value && Object.keys(value).length === 1) return value.value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}
