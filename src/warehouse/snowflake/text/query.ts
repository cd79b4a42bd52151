import { clauseAt, isQueryIn, isSetOperator } from './clauses.ts';
import { endsClause, expression, isFromInExpression } from './expression.ts';
import { relations } from './from.ts';
import type { Home } from './names.ts';
import { isMark, isName, isWord, tokensOf } from './tokens.ts';
import { giveUp } from './unreadable.ts';
import type { Named, Names, Place, Scope, Walk } from './walk.ts';

/** Reads a query from its first word to its last; gives up on what it cannot follow. */
export function walked(text: string, home: Home): Walk {
  const walk: Walk = {
    ...tokensOf(text),
    home,
    readings: [],
    mentions: [],
    query: (from, to, { names, scope }) => query(walk, from, to, names, scope, null),
  };
  let to = walk.list.length;
  while (isMark(walk.list[to - 1], ';')) to -= 1;
  query(walk, 0, to, null, null, null);
  return walk;
}

/** All between two tokens. `own`: of the name in WITH that this is the query of. */
function query(walk: Walk, from: number, to: number, outer: Names, scope: Scope | null, own: Named['own']): void {
  const { list } = walk;
  const given = isWord(list[from], 'WITH') ? names(walk, from + 1, to, outer, scope) : { names: outer, next: from };
  for (let at = given.next; ; ) {
    at = branch(walk, at, to, { names: given.names, scope: { outer: scope, items: [] } });
    if (at === to) return;
    if (!isSetOperator(list[at])) return giveUp('something unknown after a query');
    const isUnionAll = isWord(list[at], 'UNION') && isWord(list[at + 1], 'ALL');
    if (own !== null) own.branch = isUnionAll && own.branch !== 'unclear' ? 'recursive' : 'unclear';
    at += isWord(list[at + 1], 'ALL', 'DISTINCT') ? 2 : 1;
    if (isWord(list[at], 'BY') && isWord(list[at + 1], 'NAME')) at += 2;
  }
}

/** `name (columns) as (query), ..`; each sees those before it. */
function names(
  walk: Walk,
  from: number,
  to: number,
  outer: Names,
  scope: Scope | null,
): { names: Names; next: number } {
  const { list, closes } = walk;
  const isRecursive = isWord(list[from], 'RECURSIVE') && isName(list[from + 1]) && !isWord(list[from + 1], 'AS');
  const seen = new Set<string>();
  let all = outer;
  for (let at = isRecursive ? from + 1 : from; ; at += 1) {
    const token = list[at];
    if (!isName(token) || seen.has(token.name)) return giveUp('WITH without a name of its own');
    seen.add(token.name);
    const columns = isMark(list[at + 1], '(') ? closes.get(at + 1) : at;
    const open = columns === undefined ? to : columns + 2;
    const close = isWord(list[open - 1], 'AS') && isMark(list[open], '(') ? closes.get(open) : undefined;
    if (close === undefined || !isQueryIn(list, closes, open + 1, close)) return giveUp('WITH without a query');
    const mayRecur = isRecursive || list.slice(open, close).some((one) => isWord(one, 'UNION'));
    const one: Named = { name: token.name, outer: all, own: { mayRecur, branch: 'anchor' } };
    query(walk, open + 1, close, one, scope, one.own);
    one.own = null;
    all = one;
    at = close + 1;
    if (!isMark(list[at], ',')) return { names: all, next: at };
  }
}

/** One SELECT, VALUES or query in brackets, and the clauses behind it. */
function branch(walk: Walk, from: number, to: number, place: Place): number {
  const { list, closes } = walk;
  const close = isMark(list[from], '(') ? closes.get(from) : undefined;
  if (isWord(list[from], 'SELECT')) return clauses(walk, select(walk, from + 1, to, place), to, place);
  if (close !== undefined && close < to && isQueryIn(list, closes, from + 1, close)) {
    walk.query(from + 1, close, { names: place.names, scope: place.scope });
    return clauses(walk, close + 1, to, place);
  }
  if (!isWord(list[from], 'VALUES')) return giveUp('not a query');
  const end = expression(walk, from + 1, to, place, { list: true, ends: (at) => endsClause(walk, at) });
  return clauses(walk, end, to, place);
}

function select(walk: Walk, from: number, to: number, place: Place): number {
  const isFrom = (at: number): boolean => isWord(walk.list[at], 'FROM') && !isFromInExpression(walk.list, at);
  const ends = (at: number): boolean => isFrom(at) || endsClause(walk, at);
  const at = expression(walk, from, to, place, { list: true, ends });
  return at < to && isFrom(at) ? relations(walk, at + 1, to, place) : at;
}

/** WHERE and what follows, up to a set operator or the end. */
function clauses(walk: Walk, from: number, to: number, place: Place): number {
  const { list } = walk;
  let at = from;
  while (at < to && !isSetOperator(list[at])) {
    const clause = clauseAt(list, at);
    if (clause === null) return giveUp('something unknown after FROM');
    const isList = clause === 'GROUP' || clause === 'ORDER';
    at = expression(walk, at + 1, to, place, { list: isList, ends: (next) => endsClause(walk, next) });
  }
  return at;
}
