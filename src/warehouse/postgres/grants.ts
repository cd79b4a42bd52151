import { quoted } from '../../domain/shell.ts';
import { sqlPath } from '../sql.ts';

/** What a DBA runs once, by hand. */
const SCRIPT = sqlPath('postgres', 'grants');

/** As a DBA types it (sql/postgres/grants.sql). */
export const grantsCommand = (o: { database: string; role: string; schemas: readonly string[] }): string =>
  `psql -d ${quoted(o.database)} -v role=${quoted(o.role)} -v schemas=${quoted(o.schemas.join(','))} -f ${quoted(SCRIPT)}`;
