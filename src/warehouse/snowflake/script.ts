/** One statement of a request of several; `guards`: it divides by zero where the request must not go on. */
export type Statement = string | { readonly sql: string; readonly guards: 'fenced' | 'drifted' };

/** A request of several statements, with the place in its text where each begins. */
export interface Script {
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly starts: readonly number[];
}

export const sqlOf = (statement: Statement): string => (typeof statement === 'string' ? statement : statement.sql);

/** The semicolons stand on lines of their own: a statement may end in a comment. */
const BETWEEN = '\n;\n';

export function scriptOf(statements: readonly Statement[]): Script {
  const starts: number[] = [];
  let text = '';
  for (const statement of statements) {
    if (text !== '') text += BETWEEN;
    starts.push(text.length);
    text += sqlOf(statement);
  }
  return { text, statements, starts };
}

const partsOf = (statement: Statement) => ({
  sql: sqlOf(statement),
  guards: typeof statement === 'string' ? null : statement.guards,
});

/** Which statement of a request failed, and what the server said of it. */
export interface Failed {
  /** Of the statements, from 0. All before it are done, none after it. */
  readonly index: number;
  readonly sql: string;
  readonly guards: 'fenced' | 'drifted' | null;
  readonly message: string;
}

/**
 * The server says at which line (from 1) and position (from 0) of the request the statement begins, and its error after
 * that, without its number (Snowflake documentation, "Submitting multiple SQL statements in a single request"). null: it
 * says nothing of the kind, so no statement was run: the request as a whole was refused.
 */
export function failedStatement(message: string, { text, statements, starts }: Script): Failed | null {
  const said =
    /Execution of multiple statements failed on statement [^]*? \(at line (\d+), position (\d+)\)\.\s*([^]*)$/.exec(
      message,
    );
  // A request of one is run like any statement.
  const [only] = statements.length === 1 ? statements : [];
  if (said === null) return only === undefined ? null : { index: 0, ...partsOf(only), message };
  const [, line, position, rest = ''] = said;
  const before = text.split('\n', Number(line) - 1).map((one) => one.length + 1);
  const at = before.reduce((sum, length) => sum + length, 0) + Number(position);
  const index = starts.findLastIndex((start) => start <= at);
  const statement = statements[index];
  if (statement === undefined) return null;
  return {
    index,
    ...partsOf(statement),
    // How the server comes to run several is nobody's business.
    message: rest.replace(/ in SYSTEM\$MULTISTMT at [^]*$/, ''),
  };
}
