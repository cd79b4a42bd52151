import { sqlFiles } from '../sql.ts';

export const sqlFile = sqlFiles<'control' | 'examine' | 'relations' | 'ties'>('postgres');
