import { sqlFiles } from '../sql.ts';

export const sqlFile = sqlFiles<'control' | 'relations' | 'ties'>('postgres');
