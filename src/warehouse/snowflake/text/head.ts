import { type Part, partsAt } from './names.ts';
import { isMark, isName, isWord, type Token, type Tokens, tokensOf } from './tokens.ts';
import { giveUp } from './unreadable.ts';

/**
 * In the order of the grammar (documentation, "CREATE VIEW"); where it allows a clause on both sides of COPY GRANTS, it
 * stands behind. The numbers make them sortable; `copy` is where COPY GRANTS goes.
 */
type Kind = '1 columns' | '2 contact' | '3 change tracking' | 'copy' | 'copy tags' | 'd comment' | `e ${string}`;

interface Clause {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
}

/** The clauses between a view's name and AS, each once, in the order of the grammar; and the place of that AS. */
export function headOf(
  tokens: Tokens,
  from: number,
  to: number,
): { clauses: readonly string[]; kinds: readonly Kind[]; as: number } {
  const found: Clause[] = [];
  let at = from;
  while (!isWord(tokens.list[at], 'AS')) {
    const clause = clauseAt(tokens, at, to, at === from);
    if (found.some(({ kind }) => kind === clause.kind)) return giveUp(`${clause.kind} twice`);
    found.push(clause);
    at = clause.to;
  }
  const kept = found.filter(({ kind }) => kind !== 'copy').toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  return { clauses: kept.map((one) => written(tokens, one)), kinds: kept.map(({ kind }) => kind), as: at };
}

function clauseAt({ list, closes }: Tokens, from: number, to: number, first: boolean): Clause {
  let at = from;
  const takes = (...words: readonly string[]): boolean => {
    const there = words.every((word, n) => isWord(list[at + n], word));
    if (there) at += words.length;
    return there;
  };
  const brackets = (): void => {
    const close = isMark(list[at], '(') ? closes.get(at) : undefined;
    at = close === undefined ? giveUp('brackets are missing') : close + 1;
  };
  const policy = (): void => {
    const { parts, next } = partsAt(list, at, to);
    at = parts.length === 0 ? giveUp('a policy without a name') : next;
  };
  const clause = (kind: Kind): Clause => ({ kind, from, to: at });

  if (first && isMark(list[at], '(')) {
    brackets();
    return clause('1 columns');
  }
  if (takes('COPY', 'GRANTS')) return clause('copy');
  if (takes('COPY', 'TAGS')) return clause('copy tags');
  if (takes('COMMENT')) {
    if (isMark(list[at], '=')) at += 1;
    if (list[at]?.kind !== 'string') return giveUp('a comment that is no string');
    at += 1;
    return clause('d comment');
  }
  if (takes('CHANGE_TRACKING')) {
    if (!isMark(list[at], '=') || !isWord(list[at + 1], 'TRUE', 'FALSE')) return giveUp('odd change tracking');
    at += 2;
    return clause('3 change tracking');
  }
  if (takes('WITH', 'CONTACT')) {
    brackets();
    return clause('2 contact');
  }
  takes('WITH');
  if (takes('TAG')) {
    brackets();
    return clause('e tag');
  }
  if (takes('ROW', 'ACCESS', 'POLICY')) {
    policy();
    if (!takes('ON')) return giveUp('a row access policy without columns');
    brackets();
    return clause('e access');
  }
  if (takes('AGGREGATION', 'POLICY')) {
    policy();
    if (takes('ENTITY', 'KEY')) brackets();
    return clause('e aggregation');
  }
  if (takes('JOIN', 'POLICY')) {
    policy();
    if (takes('ALLOWED', 'JOIN', 'KEYS')) brackets();
    return clause('e join');
  }
  return giveUp('an unknown clause of a view');
}

/** As it was typed, with one space for whatever spaces and comments were between two tokens. */
function written({ text, list }: Tokens, { from, to }: Clause): string {
  const gap = (before: Token | undefined, after: Token): string =>
    before === undefined || before.end === after.start ? '' : ' ';
  return list
    .slice(from, to)
    .map((token, n, all) => `${gap(all[n - 1], token)}${text.slice(token.start, token.end)}`)
    .join('');
}

/** A policy, a tag or a contact that a clause names. */
export interface Named {
  /** The word that says what it is: MASKING, ACCESS, TAG, ... */
  readonly word: string;
  readonly parts: readonly Part[];
}

/** The policies, tags and contacts that a view's clauses name. */
export function objectsIn(head: string): readonly Named[] {
  const { list, closes } = tokensOf(head);
  const named = (word: string, place: number): Named => ({ word, parts: partsAt(list, place, list.length).parts });
  return list.flatMap((token, at): readonly Named[] => {
    const before = list[at - 1];
    if (isWord(token, 'POLICY') && isWord(before, 'MASKING', 'PROJECTION', 'ACCESS', 'AGGREGATION', 'JOIN'))
      return [named(before?.name ?? '', at + 1)];
    const close = isWord(token, 'TAG', 'CONTACT') && isMark(list[at + 1], '(') ? closes.get(at + 1) : undefined;
    if (close === undefined) return [];
    const places = list.flatMap((_, n) => (n > at + 1 && n < close && isMark(list[n], '=') ? [n] : []));
    return places.map((n) => named(token.name, isWord(token, 'CONTACT') ? n + 1 : firstOf(list, n - 1)));
  });
}

/** The place where a dotted name begins that ends here. */
const firstOf = (list: readonly Token[], last: number): number =>
  isMark(list[last - 1], '.') && isName(list[last - 2]) ? firstOf(list, last - 2) : last;
