import type { Relation } from '../../../domain/relation.ts';
import { isMark, isName, type Token, tokensOf } from './tokens.ts';
import { giveUp } from './unreadable.ts';

/** Where a view is: names that it does not write in full resolve there, whatever a session's SEARCH_PATH says. */
export interface Home {
  readonly database: string;
  readonly schema: string;
}

/** A part of a name as it is written; of no length where `db..name` leaves the schema out. */
export interface Part {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Neither names nor aliases in a FROM clause unless they are quoted (documentation, "Reserved & limited keywords"). */
export const reserved: ReadonlySet<string> = new Set(
  `ALL ALTER AND ANY AS BETWEEN BY CASE CAST CHECK COLUMN CONNECT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME
  CURRENT_TIMESTAMP CURRENT_USER DELETE DISTINCT DROP ELSE EXCEPT EXISTS FALSE FETCH FOLLOWING FOR FROM FULL GRANT GROUP
  HAVING ILIKE IN INNER INSERT INTERSECT INTO IS JOIN LATERAL LEFT LIKE LIMIT LOCALTIME LOCALTIMESTAMP MATCH_CONDITION
  MATCH_RECOGNIZE MINUS NATURAL NOT NULL OF OFFSET ON OR ORDER PIVOT QUALIFY REGEXP REVOKE RIGHT RLIKE ROWS SAMPLE SELECT
  SET SOME TABLE TABLESAMPLE THEN TO TRIGGER TRUE TRY_CAST UNION UNIQUE UNPIVOT UPDATE USING VALUES WHEN WHENEVER WHERE
  WINDOW WITH`.split(/\s+/),
);

/** Words that some statements take for something else than a name. */
const limited = new Set(
  `ACCOUNT ASOF CONNECTION DATABASE END GSCLUSTER IDENTIFIER INCREMENT ISSUE ORGANIZATION ROW SCHEMA START VIEW`.split(
    ' ',
  ),
);

/** An identifier as Snowflake reads it back: bare where upper case and plain, else quoted. */
export const identifierText = (name: string): string =>
  /^[A-Z_][A-Z0-9_]*$/.test(name) && !reserved.has(name) && !limited.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;

export const relationText = ({ database, schema, identifier }: Relation): string =>
  [database, schema, identifier].map(identifierText).join('.');

/** What a written name of one to three parts stands for (documentation, "Object name resolution"). */
export function completed(parts: readonly Part[], home: Home): Relation {
  const [last, schema, database, ...more] = parts.toReversed().map(({ value }) => value);
  if (last === undefined || more.length > 0) return giveUp('a name of more than three parts');
  return {
    location: '',
    database: database ?? home.database,
    schema: schema ?? home.schema,
    identifier: last,
  };
}

/** The parts of a dotted name that begins at a token, and the place of the token after it. */
export function partsAt(list: readonly Token[], from: number, to: number): { parts: Part[]; next: number } {
  const parts: Part[] = [];
  let at = from;
  for (; at < to; at += 2) {
    const token = list[at];
    if (isMark(token, '.') && parts.length === 1 && token !== undefined) {
      parts.push({ value: 'PUBLIC', start: token.start, end: token.start });
      at -= 1;
      continue;
    }
    if (!isName(token)) break;
    parts.push({ value: token.name, start: token.start, end: token.end });
    if (at + 1 >= to || !isMark(list[at + 1], '.')) return { parts, next: at + 1 };
  }
  return { parts, next: at };
}

/** The parts of a name in a string literal, with their places in the text that the literal is in. */
export function partsIn(literal: Token): Part[] {
  const quote = literal.text.startsWith('$$') ? 2 : 1;
  const inner = literal.text.slice(quote, -quote);
  if (/['\\]/.test(inner)) return giveUp('a name with escapes in a string');
  const { list } = tokensOf(inner);
  const { parts, next } = partsAt(list, 0, list.length);
  if (parts.length === 0 || next !== list.length) return giveUp('a string that is not a name');
  const offset = literal.start + quote;
  return parts.map(({ value, start, end }) => ({ value, start: start + offset, end: end + offset }));
}
