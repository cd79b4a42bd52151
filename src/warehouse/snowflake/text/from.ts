import { afterJoin, clauseAt, isQueryIn } from './clauses.ts';
import { call, endsClause, expression, stage } from './expression.ts';
import { type Part, partsAt, partsIn, reserved } from './names.ts';
import { isMark, isName, isWord } from './tokens.ts';
import { giveUp } from './unreadable.ts';
import { type Place, type Reading, read, type Walk } from './walk.ts';

/** Reads a list of relations, and returns the place where it ends: a clause, a set operator or `to`. */
export function relations(walk: Walk, from: number, to: number, place: Place): number {
  const { list } = walk;
  for (let at = item(walk, from, to, place); ; ) {
    if (at >= to || endsClause(walk, at)) return at;
    const joined = afterJoin(list, at);
    if (joined !== null) at = item(walk, joined, to, place);
    else if (isMark(list[at], ',')) at = item(walk, at + 1, to, place);
    else if (isWord(list[at], 'ON')) at = expression(walk, at + 1, to, place, { list: false, ends: endsOn(walk) });
    else if (isWord(list[at], 'USING', 'MATCH_CONDITION')) at = brackets(walk, at + 1, to, place);
    else return giveUp('something unknown among relations');
  }
}

const endsOn = (walk: Walk) => (at: number) =>
  isMark(walk.list[at], ',') ||
  isWord(walk.list[at], 'ON', 'USING', 'MATCH_CONDITION') ||
  afterJoin(walk.list, at) !== null ||
  endsClause(walk, at);

/** Expressions in brackets; returns the place after them. */
function brackets(walk: Walk, open: number, to: number, place: Place): number {
  const close = open < to && isMark(walk.list[open], '(') ? walk.closes.get(open) : undefined;
  if (close === undefined) return giveUp('brackets are missing');
  expression(walk, open, close + 1, place, { list: false });
  return close + 1;
}

function item(walk: Walk, from: number, to: number, place: Place): number {
  const { list } = walk;
  const isLateral = isWord(list[from], 'LATERAL');
  const { reading, exposed, next } = source(walk, isLateral ? from + 1 : from, to, place, isLateral);
  let alias = exposed;
  let own = reading;
  let mayName = true;
  for (let at = next; ; ) {
    const after = at < to ? modifier(walk, at, to, place) : null;
    const given = after === null && mayName && at < to ? aliasAt(walk, at) : null;
    if (after !== null) at = after;
    else if (given !== null) {
      ({ alias, next: at } = given);
      own = null;
    } else {
      place.scope.items.push({ alias, reading: own });
      return at;
    }
    mayName = after !== null;
  }
}

interface Source {
  /** null: no relation, or one that WITH made. */
  readonly reading: Reading | null;
  /** What columns may be qualified with where there is no alias. */
  readonly exposed: string | null;
  readonly next: number;
}

const nameless = (next: number): Source => ({ reading: null, exposed: null, next });

function source(walk: Walk, from: number, to: number, place: Place, isLateral: boolean): Source {
  const { list, closes } = walk;
  const token = list[from];
  if (from >= to || token === undefined) return giveUp('a relation is missing');
  const close = closes.get(from);
  if (isMark(token, '(') && close !== undefined) return nameless(inBrackets(walk, from, close, place));
  if (token.kind === 'stage') return nameless(files(walk, from, place));
  if (isWord(token, 'VALUES')) return nameless(rows(walk, from + 1, to, place));
  if (!isName(token) || (token.kind === 'word' && token.name !== 'TABLE' && reserved.has(token.name)))
    return giveUp('not a relation');
  const { parts, next } = partsAt(list, from, to);
  const end = isMark(list[next], '(') && next < to ? closes.get(next) : undefined;
  if (end === undefined) {
    if (isLateral || isWord(token, 'TABLE') || isMark(list[next - 1], '.') || isMark(list[next], '!'))
      return giveUp('not a relation');
    return { reading: read(walk, parts, place, false), exposed: parts.at(-1)?.value ?? null, next };
  }
  if (parts.length === 1 && isWord(token, 'IDENTIFIER')) return inString(walk, next, end, place);
  if (parts.length === 1 && isWord(token, 'TABLE')) return table(walk, next, end, place);
  return nameless(call(walk, from, next, end, place));
}

/** A subquery, or a join in brackets, whose relations are seen as if there were none. */
function inBrackets(walk: Walk, open: number, close: number, place: Place): number {
  if (isQueryIn(walk.list, walk.closes, open + 1, close)) walk.query(open + 1, close, place);
  else if (relations(walk, open + 1, close, place) !== close) return giveUp('a clause among relations');
  return close + 1;
}

/** `@stage (file_format => 'schema.name', pattern => '..')`: the format is in a schema, like the stage. */
function files(walk: Walk, at: number, place: Place): number {
  const { list, closes } = walk;
  const token = list[at];
  if (token !== undefined) stage(walk, token, place);
  const close = isMark(list[at + 1], '(') ? closes.get(at + 1) : undefined;
  if (close === undefined) return at + 1;
  for (let n = at + 2; n < close; n += 1) {
    if (!isWord(list[n], 'FILE_FORMAT')) continue;
    const format = list[n + 2];
    const { parts, next }: { parts: Part[]; next: number } =
      format?.kind === 'string' ? { parts: partsIn(format), next: n + 3 } : partsAt(list, n + 2, close);
    if (!isMark(list[n + 1], '=>') || parts.length === 0 || !(next === close || isMark(list[next], ',')))
      return giveUp('a file format that is computed');
    walk.mentions.push({ as: 'other', parts, last: '', scope: place.scope });
  }
  return close + 1;
}

/** VALUES (..), (..): a list of relations goes on where a comma is not followed by a row. */
function rows(walk: Walk, from: number, to: number, place: Place): number {
  for (let at = from; ; at += 1) {
    const close = at < to && isMark(walk.list[at], '(') ? walk.closes.get(at) : undefined;
    if (close === undefined) return giveUp('a row is missing');
    const only = walk.list[at + 1];
    const mayBeRelation = isName(only) && !(only.kind === 'word' && reserved.has(only.name));
    if (at > from && mayBeRelation && partsAt(walk.list, at + 1, close).next === close)
      return giveUp('a row that may be a relation');
    expression(walk, at, close + 1, place, { list: false });
    at = close + 1;
    if (!isMark(walk.list[at], ',') || !isMark(walk.list[at + 1], '(')) return at;
  }
}

/** `table('name')`, `table(function(..) over (..))`; what is in a variable is not followed. */
function table(walk: Walk, open: number, close: number, place: Place): Source {
  const { list } = walk;
  if (list[open + 1]?.kind === 'string') return inString(walk, open, close, place);
  const { next } = partsAt(list, open + 1, close);
  if (!isName(list[open + 1]) || !isMark(list[next], '(')) return giveUp('a table that is computed');
  expression(walk, open + 1, close, place, { list: false });
  return nameless(close + 1);
}

function inString(walk: Walk, open: number, close: number, place: Place): Source {
  const literal = walk.list[open + 1];
  if (close !== open + 2 || literal?.kind !== 'string') return giveUp('a name that is computed');
  if (isMark(walk.list[close + 1], '.') || isMark(walk.list[close + 1], '(')) return giveUp('a part of a name');
  const parts = partsIn(literal);
  return { reading: read(walk, parts, place, true), exposed: parts.at(-1)?.value ?? null, next: close + 1 };
}

const isTimed = ({ list }: Walk, at: number): boolean =>
  isWord(list[at], 'AT', 'BEFORE', 'CHANGES', 'END') && isMark(list[at + 1], '(');

/** What may follow a relation besides its alias (documentation, "FROM"); null: nothing of it is here. */
function modifier(walk: Walk, from: number, to: number, place: Place): number | null {
  const { list, closes } = walk;
  if (isTimed(walk, from)) {
    const args = list.slice(from + 1, closes.get(from + 1));
    return args.some((token) => isWord(token, 'STREAM'))
      ? giveUp('a stream in a string')
      : brackets(walk, from + 1, to, place);
  }
  if (isWord(list[from], 'MATCH_RECOGNIZE')) return brackets(walk, from + 1, to, place);
  if (isWord(list[from], 'PIVOT', 'UNPIVOT')) {
    const nulls = isWord(list[from + 1], 'INCLUDE', 'EXCLUDE') && isWord(list[from + 2], 'NULLS') ? 2 : 0;
    return brackets(walk, from + 1 + nulls, to, place);
  }
  if (!isWord(list[from], 'SAMPLE', 'TABLESAMPLE')) return null;
  const method = isWord(list[from + 1], 'BERNOULLI', 'ROW', 'SYSTEM', 'BLOCK') ? 1 : 0;
  const end = brackets(walk, from + 1 + method, to, place);
  return end < to && isWord(list[end], 'REPEATABLE', 'SEED') ? brackets(walk, end + 1, to, place) : end;
}

/** `as alias (columns)`; null: there is none. */
function aliasAt(walk: Walk, from: number): { alias: string; next: number } | null {
  const { list, closes } = walk;
  const at = isWord(list[from], 'AS') ? from + 1 : from;
  const token = list[at];
  if (!isName(token) || clauseAt(list, at) !== null || afterJoin(list, at) !== null) return null;
  if (token.kind === 'word' && reserved.has(token.name)) return null;
  const columns = isMark(list[at + 1], '(') ? closes.get(at + 1) : undefined;
  if (columns === undefined) return { alias: token.name, next: at + 1 };
  const onlyNames = list.slice(at + 2, columns).every((one, n) => (n % 2 === 0 ? isName(one) : isMark(one, ',')));
  return onlyNames ? { alias: token.name, next: columns + 1 } : giveUp('odd columns of an alias');
}
