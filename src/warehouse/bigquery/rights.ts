import { readFileSync } from 'node:fs';
import type { Output } from '../../config/port.ts';
import { sqlPath } from '../sql.ts';
import { datasetName } from './dialect.ts';
import { controlDataset } from './places.ts';

/** What an administrator runs once (sql/bigquery/grants.sql), with the names of a target; capitals where it has none. */
export function rightsScript(output: Output): string {
  const named = (...keys: readonly string[]): string | null => {
    const found = keys.map((key) => output[key]).find((value) => value !== undefined && value !== null && value !== '');
    // YAML makes numbers of names such as 2024.
    return typeof found === 'string' || typeof found === 'number' ? String(found) : null;
  };
  const project = named('project', 'database') ?? 'PROJECT';
  const serving = named('dataset', 'schema') ?? 'DATASET';
  const account = named('impersonate_service_account');
  const names: Readonly<Record<string, string>> = {
    project,
    execution_project: named('execution_project') ?? project,
    dataset: datasetName(project, serving),
    control: datasetName(project, controlDataset({ serving })),
    region: named('location') ?? 'US',
    user: account === null ? 'USER' : `serviceAccount:${account}`,
  };
  const text = readFileSync(sqlPath('bigquery', 'grants'), 'utf8');
  // The header is for who reads the file.
  return text
    .slice(text.indexOf('\n\n') + 2)
    .replaceAll(/\{(\w+)\}/g, (whole, key: string) => names[key] ?? whole)
    .trimEnd();
}
