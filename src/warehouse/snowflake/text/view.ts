import type { Relation } from '../../../domain/relation.ts';
import { headOf } from './head.ts';
import { partsAt, relationText } from './names.ts';
import { isMark, isWord, type Token, type Tokens, tokensOf } from './tokens.ts';
import { giveUp, readable, type Unreadable } from './unreadable.ts';

/** What makes a view, apart from its name. */
export interface View {
  readonly secure: boolean;
  readonly recursive: boolean;
  /** What stands between its name and AS, without COPY GRANTS and comments, in the order of the grammar; may be empty. */
  readonly head: string;
  /** Without what surrounds it: spaces, comments, the semicolon at its end. */
  readonly query: string;
}

/**
 * Reads the text of a view as SHOW VIEWS and INFORMATION_SCHEMA.VIEWS give it, which is the statement that created it as
 * it was typed; also a definition, and a query alone.
 */
export function readView(text: string): View | Unreadable {
  return readable(() => {
    const tokens = tokensOf(text);
    const to = endOf(tokens.list);
    const start = isQuery(tokens.list[0]) ? bare : beginningOf(tokens, to);
    const { clauses, as } = start === bare ? { clauses: null, as: -1 } : headOf(tokens, start.head, to);
    if (!isQuery(tokens.list[as + 1])) return giveUp('no query');
    const query = text.slice(tokens.list[as + 1]?.start, tokens.list[to - 1]?.end);
    return { secure: start.secure, recursive: start.recursive, head: clauses?.join(' ') ?? '', query };
  });
}

const bare = { secure: false, recursive: false, head: 0 };

/** The same for the same view under whatever name, with and without COPY GRANTS; `readView` reads it back. */
export function definitionOf({ secure, recursive, head, query }: View): string {
  if (!secure && !recursive && head === '') return query;
  return `${modifiers({ secure, recursive })}view${head === '' ? '' : ` ${head}`} as\n${query}`;
}

/**
 * The statement that makes a view of this definition, or of a query alone, and keeps the grants of the one it replaces
 * (documentation, "CREATE VIEW"). Throws where the definition is not one.
 */
export function createView(name: Relation, definition: string): string {
  const view = readView(definition);
  if (view === 'unreadable') throw new Error(`not the definition of a view: ${definition}`);
  const { before, after } = aroundCopyGrants(view.head);
  const clauses = [relationText(name), before, 'copy grants', after].filter((part) => part !== '');
  return `create or replace ${modifiers(view)}view ${clauses.join(' ')} as\n${view.query}`;
}

const modifiers = ({ secure, recursive }: { secure: boolean; recursive: boolean }): string =>
  `${secure ? 'secure ' : ''}${recursive ? 'recursive ' : ''}`;

function aroundCopyGrants(head: string): { before: string; after: string } {
  const tokens = tokensOf(`${head} as`);
  const { clauses, kinds } = headOf(tokens, 0, tokens.list.length);
  const early = kinds.filter((kind) => kind < 'copy').length;
  return { before: clauses.slice(0, early).join(' '), after: clauses.slice(early).join(' ') };
}

const isQuery = (token: Token | undefined): boolean => isWord(token, 'SELECT', 'WITH', 'VALUES') || isMark(token, '(');

/** The place after the last token of the statement. */
function endOf(list: readonly Token[]): number {
  let to = list.length;
  while (isMark(list[to - 1], ';')) to -= 1;
  return list.slice(0, to).some((token) => isMark(token, ';')) ? giveUp('more than one statement') : to;
}

/** `create or replace secure recursive view name`, or the same without what comes before `secure` and without a name. */
function beginningOf({ list, closes }: Tokens, to: number): { secure: boolean; recursive: boolean; head: number } {
  let at = 0;
  const takes = (...words: readonly string[]): boolean => {
    const there = words.every((word, n) => isWord(list[at + n], word));
    if (there) at += words.length;
    return there;
  };
  const created = takes('CREATE');
  if (created && !takes('OR', 'REPLACE')) takes('OR', 'ALTER');
  const secure = takes('SECURE');
  const recursive = takes('RECURSIVE');
  if (!takes('VIEW')) return giveUp('not a view');
  if (!created) return { secure, recursive, head: at };
  takes('IF', 'NOT', 'EXISTS');
  if (isWord(list[at], 'IDENTIFIER') && isMark(list[at + 1], '('))
    return { secure, recursive, head: (closes.get(at + 1) ?? to) + 1 };
  const { parts, next } = partsAt(list, at, to);
  return parts.length === 0 ? giveUp('a view without a name') : { secure, recursive, head: next };
}
