import type { SideName } from './port.ts';

/**
 * Options of dbt that change what is built or where it is written, when they come from the environment: a variable left
 * over in a CI job must not narrow a release. Each is known with and without dbt's newer prefix.
 */
const own = [
  'ARTIFACT_STATE_PATH',
  'DEBUG',
  'DEFER',
  'DEFER_STATE',
  'DEFER_TO_STATE',
  'EMPTY',
  'EVENT_TIME_END',
  'EVENT_TIME_START',
  'EXCLUDE_RESOURCE_TYPES',
  'EXPORT_SAVED_QUERIES',
  'FAVOR_STATE',
  'FAVOR_STATE_MODE',
  'FULL_REFRESH',
  'INCLUDE_SAVED_QUERY',
  'INDIRECT_SELECTION',
  'LOG_FILE_MAX_BYTES',
  'LOG_FORMAT',
  'LOG_FORMAT_FILE',
  'LOG_LEVEL',
  'LOG_LEVEL_FILE',
  'LOG_PATH',
  'NO_PRINT',
  'PARTIAL_PARSE_FILE_DIFF',
  'PARTIAL_PARSE_FILE_PATH',
  'PRINT',
  'PROFILE',
  'PROFILES_DIR',
  'PROJECT_DIR',
  'QUIET',
  'RESOURCE_TYPES',
  'SAMPLE',
  'STATE',
  'TARGET',
  'TARGET_PATH',
  'WRITE_JSON',
].flatMap((name) => [`DBT_${name}`, `DBT_ENGINE_${name}`]);

/** What dbt copies into `metadata.env` of its artifacts: so a recorded manifest tells which side it was parsed for. */
export const sideInArtifacts = 'LASTGREEN_SIDE';

/**
 * The environment that dbt gets. Usage statistics are off unless the user's environment says otherwise: at 3 a.m. no
 * release waits for a network that is not the warehouse's.
 */
export function childEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  side: { readonly name: SideName; readonly env: Readonly<Record<string, string>> },
): Record<string, string> {
  const env: Record<string, string> = { DBT_SEND_ANONYMOUS_USAGE_STATS: 'False' };
  for (const [name, value] of Object.entries({ ...base, ...side.env })) {
    if (value !== undefined && !own.includes(name)) env[name] = value;
  }
  env['DBT_LASTGREEN_SIDE'] = side.name;
  env[`DBT_ENV_CUSTOM_ENV_${sideInArtifacts}`] = side.name;
  env['PYTHONIOENCODING'] = 'utf-8';
  return env;
}
