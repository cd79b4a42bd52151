import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failedStatement, scriptOf, sqlOf } from '../../../../src/warehouse/snowflake/script.ts';

/** As the server says it (Snowflake documentation, "Submitting multiple SQL statements in a single request"). */
const said = (line: number, position: number, inner: string, sql = 'insert into table1 (i) valu...'): string =>
  `JavaScript execution error: Uncaught Execution of multiple statements failed on statement "${sql}" (at line ${line}, position ${position}).\n${inner} in SYSTEM$MULTISTMT at '    throw \`Execution of multiple statements failed on statement {0} (at line {1}, position {2}).\`.replace('{1}', LINES[i])' position 4\nstackstrace: \nSYSTEM$MULTISTMT line: 10`;

describe('a request of several statements', () => {
  it('has each statement whole, also one that ends in a comment', () => {
    expect(scriptOf(['select 1 -- one', { sql: 'select 2', guards: 'fenced' }]).text).toBe(
      'select 1 -- one\n;\nselect 2',
    );
  });

  it('tells which statement failed, and what the server said of it', () => {
    const script = scriptOf(['select 1', { sql: '\n\n  -- guard\n  select 1 / 0', guards: 'drifted' }, 'select 3']);
    expect(failedStatement(said(1, 0, 'Division by zero'), script)).toMatchObject({ index: 0, guards: null });
    expect(failedStatement(said(6, 2, 'Division by zero'), script)).toEqual({
      index: 1,
      sql: '\n\n  -- guard\n  select 1 / 0',
      guards: 'drifted',
      message: 'Division by zero',
    });
    expect(failedStatement(said(8, 0, "SQL compilation error:\nObject 'X' does not exist"), script)).toMatchObject({
      index: 2,
      message: "SQL compilation error:\nObject 'X' does not exist",
    });
  });

  it('was run in no part where the server names no statement', () => {
    const script = scriptOf(['select 1', 'select 2; select 3']);
    const counted = 'Actual statement count 3 did not match the desired statement count 2.';
    expect(failedStatement(counted, script)).toBeNull();
  });

  it('of one statement fails as that does', () => {
    const script = scriptOf([{ sql: 'select 1 / 0', guards: 'fenced' }]);
    expect(failedStatement('Division by zero', script)).toEqual({
      index: 0,
      sql: 'select 1 / 0',
      guards: 'fenced',
      message: 'Division by zero',
    });
  });

  it('is found at any statement, wherever in its first line its first word stands', () => {
    const space = fc.stringMatching(/^[ \n]{0,5}$/);
    const statement = fc.tuple(space, fc.stringMatching(/^[a-z]{1,5}[ \na-z-]{0,20}$/)).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 6 }), fc.nat(), (statements, n) => {
        const index = n % statements.length;
        const script = scriptOf(statements);
        const begins = (script.starts[index] ?? 0) + (/\S/.exec(sqlOf(statements[index] ?? ''))?.index ?? 0);
        const before = script.text.slice(0, begins).split('\n');
        const failed = failedStatement(said(before.length, before.at(-1)?.length ?? 0, 'no'), script);
        expect(failed?.index).toBe(index);
      }),
    );
  });
});
