import { clauseAt, isQueryIn, isSetOperator } from './clauses.ts';
import { partsAt, partsIn } from './names.ts';
import { isMark, isName, isWord, type Token } from './tokens.ts';
import { giveUp } from './unreadable.ts';
import type { Mention, Place, Walk } from './walk.ts';

/** These take FROM between their brackets, and it is no clause. */
const takesFrom = new Set(['EXTRACT', 'DATE_PART', 'TRIM', 'SUBSTRING', 'SUBSTR', 'POSITION', 'OVERLAY']);

/** These take the name of an object or a query in a string, or give rows of a query that is not written here. */
const dynamic = new Set(
  `CORTEX_SEARCH_DATA_SCAN DYNAMIC_TABLE_REFRESH_BOUNDARY ERROR_TABLE GETNEXTVAL GET_DDL GET_LINEAGE GET_OBJECT_REFERENCES
  INFER_SCHEMA RESULT_SCAN SEARCH_PREVIEW SEMANTIC_VIEW TO_QUERY VALIDATE`.split(/\s+/),
);

interface Bounds {
  /** Whether a comma may stand between two expressions. */
  readonly list: boolean;
  /** Whether the expression ends before this token. */
  readonly ends?: (at: number) => boolean;
  /** Of brackets: the function that they are of. */
  readonly of?: string;
}

/** The clause, set operator or FROM that ends an expression of a SELECT. */
export const endsClause = (walk: Walk, at: number): boolean =>
  isSetOperator(walk.list[at]) || clauseAt(walk.list, at) !== null;

/** Reads an expression, or several; returns the place where it ends. What could be a relation in it is refused. */
export function expression(walk: Walk, from: number, to: number, place: Place, bounds: Bounds): number {
  const { list, closes } = walk;
  for (let at = from; at < to; ) {
    if (bounds.ends?.(at) === true) return at;
    const token = list[at];
    const close = closes.get(at);
    if (close !== undefined) {
      inBrackets(walk, at, close, place);
      at = close + 1;
    } else if (isMark(token, ':') && isPathAfter(list, at)) at += 2;
    else if (isMark(token, '.') && isName(list[at + 1])) at += 2;
    else if (isMark(token, ';') || (isMark(token, ',') && !bounds.list)) return giveUp('an expression does not end');
    else if (isName(token)) at = named(walk, at, to, place, bounds);
    else at += token?.kind === 'stage' ? stage(walk, token, place) : 1;
  }
  return to;
}

/** The tokens between two brackets. */
function inBrackets(walk: Walk, open: number, close: number, place: Place, of?: string): void {
  if (isMark(walk.list[open], '(') && isQueryIn(walk.list, walk.closes, open + 1, close))
    walk.query(open + 1, close, place);
  else expression(walk, open + 1, close, place, of === undefined ? { list: true } : { list: true, of });
}

/** `column:path`; in an object the colon comes after a string, as a bind variable's after an operator. */
const isPathAfter = (list: readonly Token[], at: number): boolean => {
  const before = list[at - 1];
  const isValue = isName(before) || before?.kind === 'variable' || isMark(before, ')') || isMark(before, ']');
  return isValue && isName(list[at + 1]);
};

/** A name, a call or a keyword; returns the place after it. */
function named(walk: Walk, from: number, to: number, place: Place, bounds: Bounds): number {
  const { list, closes } = walk;
  const { parts, next } = partsAt(list, from, to);
  const after = list[next];
  const open = next < to && isMark(after, '(') ? closes.get(next) : undefined;
  if (parts.length === 1) {
    checkKeyword(list, from, bounds);
    if (isWord(list[from], 'IDENTIFIER') && open !== undefined) return identifier(walk, next, open);
    if (isWord(list[from], 'TABLE') && (open === undefined || !isQueryIn(list, closes, next + 1, open)))
      return giveUp('a table as an argument');
  }
  const isDotted = isMark(list[next - 1], '.');
  const mention = (as: Mention['as'], named: typeof parts, last = ''): void => {
    walk.mentions.push({ as, parts: named, last, scope: place.scope });
  };
  if (isDotted && !isMark(after, '*') && after?.kind !== 'variable') return giveUp('a name does not end');
  if (isDotted) mention('column', parts);
  else if (next < to && isMark(after, '!')) mention('other', parts);
  else if (open !== undefined && !isOuter(list, next, open)) return call(walk, from, next, open, place);
  else if (parts.length > 1) mention('column', parts.slice(0, -1), parts.at(-1)?.value);
  return next;
}

/** `column(+)`, an outer join as it was once written. */
const isOuter = (list: readonly Token[], open: number, close: number): boolean =>
  close === open + 2 && isMark(list[open + 1], '+');

/** A function and what it is given. */
export function call(walk: Walk, from: number, open: number, close: number, place: Place): number {
  const { parts } = partsAt(walk.list, from, open);
  const names = parts.map(({ value }) => value);
  const name = names.at(-1) ?? '';
  const args = walk.list.slice(open + 1, close);
  const looksUp = (name.startsWith('SYSTEM$') && name !== 'SYSTEM$TYPEOF') || names.includes('INFORMATION_SCHEMA');
  if (dynamic.has(name) || (looksUp && args.length > 0)) return giveUp(`${name} may read anything`);
  if (parts.length > 1 && name === 'IDENTIFIER') return giveUp('a part of a name that is computed');
  const isPlain = walk.list[from]?.kind === 'word';
  walk.mentions.push({ as: 'call', parts, last: '', scope: place.scope });
  inBrackets(walk, open, close, place, isPlain && parts.length === 1 ? name : '');
  return close + 1;
}

function checkKeyword(list: readonly Token[], at: number, { of }: Bounds): void {
  const token = list[at];
  if (isWord(token, 'SELECT', 'JOIN', 'INTO', 'LATERAL')) giveUp(`${token?.name} where none can be`);
  if (!isWord(token, 'FROM')) return;
  if (isWord(list[at - 1], 'DISTINCT') && isWord(list[at - 2], 'IS', 'NOT')) return;
  if (of !== undefined && takesFrom.has(of)) return;
  if (isFromOfNthValue(list, at)) return;
  giveUp('FROM where none can be');
}

/** `nth_value(x, 2) from first over (..)` (documentation, "NTH_VALUE"). */
function isFromOfNthValue(list: readonly Token[], at: number): boolean {
  if (!isMark(list[at - 1], ')') || !isWord(list[at + 1], 'FIRST', 'LAST')) return false;
  if (!isWord(list[at + 2], 'OVER', 'IGNORE', 'RESPECT')) return false;
  let depth = 0;
  for (let n = at - 1; n > 0; n -= 1) {
    if (isMark(list[n], ')')) depth += 1;
    if (isMark(list[n], '(')) depth -= 1;
    if (depth === 0) return isWord(list[n - 1], 'NTH_VALUE');
  }
  return false;
}

/** Whether FROM stands here as part of an expression. */
export const isFromInExpression = (list: readonly Token[], at: number): boolean =>
  (isWord(list[at - 1], 'DISTINCT') && isWord(list[at - 2], 'IS', 'NOT')) || isFromOfNthValue(list, at);

/** `identifier('column')`: what else it may name, and in what else than a string, is not followed. */
function identifier({ list }: Walk, open: number, close: number): number {
  const literal = list[open + 1];
  if (close !== open + 2 || literal?.kind !== 'string' || partsIn(literal).length > 1)
    giveUp('a name that is computed');
  if (isMark(list[close + 1], '(') || isMark(list[close + 1], '.')) giveUp('a part of a name that is computed');
  return close + 1;
}

/** Stages are no relations, but they are in a schema. */
export function stage(walk: Walk, token: Token, { scope }: Place): number {
  const names = token.text.slice(1).replace(/\/.*$/s, '').split('.');
  if (names.length > 3 || !names.every((name) => /^[A-Za-z_][A-Za-z0-9_$]*$/.test(name))) giveUp('an odd stage');
  const parts = names.map((name) => ({ value: name.toUpperCase(), start: token.start, end: token.end }));
  walk.mentions.push({ as: 'other', parts, last: '', scope });
  return 1;
}
