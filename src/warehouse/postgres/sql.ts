import { sqlFiles } from '../sql.ts';

/** What makes the control schema, in the order in which it is run. */
const control = ['tables', 'rights', 'functions', 'writes', 'kept', 'cutover', 'keys', 'copies'] as const;

export const sqlFile = sqlFiles<
  'examine' | 'relations' | 'functions' | 'ties' | 'calls' | `control/${(typeof control)[number]}`
>('postgres');

/** All of it, as one text. */
export const controlSql = async (): Promise<string> =>
  (await Promise.all(control.map((name) => sqlFile(`control/${name}`)))).join('\n');
