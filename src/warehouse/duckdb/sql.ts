import { sqlFiles } from '../sql.ts';

export const sqlFile = sqlFiles<'relations' | 'columns' | 'table'>('duckdb');
