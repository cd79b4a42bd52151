import { isMark, isWord, type Token } from './tokens.ts';

type List = readonly Token[];

export const isSetOperator = (token: Token | undefined): boolean =>
  isWord(token, 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS');

/** The clauses that may follow FROM, by their first words; LIMIT and its like are also good names for columns. */
export function clauseAt(list: List, at: number): string | null {
  const [token, next] = [list[at], list[at + 1]];
  if (isWord(token, 'WHERE', 'HAVING', 'QUALIFY')) return token?.name ?? null;
  if (isWord(token, 'GROUP', 'ORDER', 'CONNECT') && isWord(next, 'BY')) return token?.name ?? null;
  if (isWord(token, 'START') && isWord(next, 'WITH')) return 'START';
  if (isWord(token, 'LIMIT', 'OFFSET') && isCount(next)) return token?.name ?? null;
  if (isWord(token, 'FETCH') && (isWord(next, 'FIRST', 'NEXT') || isCount(next))) return 'FETCH';
  return null;
}

const isCount = (token: Token | undefined): boolean =>
  token?.kind === 'number' ||
  token?.kind === 'string' ||
  token?.kind === 'variable' ||
  isWord(token, 'NULL') ||
  isMark(token, '?') ||
  isMark(token, ':');

/** Where a join begins here, the place after its JOIN; else null. */
export function afterJoin(list: List, from: number): number | null {
  let at = from;
  const takes = (...words: readonly string[]): boolean => {
    const there = isWord(list[at], ...words);
    if (there) at += 1;
    return there;
  };
  takes('NATURAL');
  if (takes('LEFT', 'RIGHT', 'FULL')) takes('OUTER');
  else takes('INNER', 'CROSS', 'ASOF');
  takes('DIRECTED');
  return takes('JOIN') ? at : null;
}

/** Whether brackets hold a query, and not an expression or a list of relations that begins with one. */
export function isQueryIn(list: List, closes: ReadonlyMap<number, number>, from: number, to: number): boolean {
  if (isWord(list[from], 'SELECT', 'WITH', 'VALUES')) return true;
  const close = isMark(list[from], '(') ? closes.get(from) : undefined;
  if (close === undefined || !isQueryIn(list, closes, from + 1, close)) return false;
  const next = close + 1;
  return next === to || isSetOperator(list[next]) || clauseAt(list, next) !== null;
}
