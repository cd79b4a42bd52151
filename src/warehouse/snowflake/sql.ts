import { sqlFiles } from '../sql.ts';

type Text =
  | 'columns'
  | 'control'
  | 'cost'
  | 'credits'
  | 'examine'
  | 'parts'
  | 'past'
  | 'privileges'
  | 'relations'
  | 'schema-privileges'
  | 'schemas'
  | 'window';

const sqlFile = sqlFiles<Text>('snowflake');

/** A text of sql/snowflake, each `{parameter}` of it replaced by SQL. Throws RangeError for one that is not given. */
export async function sqlOf(name: Text, parameters: Readonly<Record<string, string>>): Promise<string> {
  // What a header says of a parameter is not the parameter.
  const text = (await sqlFile(name)).replaceAll(/^--.*\n/gm, '');
  return text.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
    const value = parameters[parameter];
    if (value === undefined) throw new RangeError(`sql/snowflake/${name}.sql needs {${parameter}}`);
    return value;
  });
}

/** The statements of a text, of which none has a semicolon inside. */
export const statementsOf = (text: string): readonly string[] =>
  text
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
