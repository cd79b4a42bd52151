import { giveUp } from './unreadable.ts';

type Kind = 'word' | 'quoted' | 'string' | 'number' | 'variable' | 'stage' | 'mark';

/** A piece of a statement that is neither space nor comment. */
export interface Token {
  readonly kind: Kind;
  readonly text: string;
  /** Offsets in the text, in UTF-16 units; `end` is the first after it. */
  readonly start: number;
  readonly end: number;
  /** What an identifier stands for: unquoted ones in upper case, quoted ones without their quotes; else empty. */
  readonly name: string;
}

/** Tokens of a text, and for each opening bracket the place of the one that closes it. */
export interface Tokens {
  readonly text: string;
  readonly list: readonly Token[];
  readonly closes: ReadonlyMap<number, number>;
}

/**
 * In the order in which they are tried (documentation, "String & binary data types", "Identifier requirements", and
 * "Comments" of the query syntax): in '..' a backslash escapes, in $$..$$ nothing does; comments do not nest.
 */
const shapes: readonly (readonly [Kind | 'space' | 'line comment', RegExp])[] = [
  ['space', /[ \t\r\n\f\v]+|\/\*[^]*?\*\//y],
  ['line comment', /(?:--|\/\/)[^\n]*/y],
  ['string', /'(?:[^'\\]|''|\\[^])*'|\$\$[^]*?\$\$/y],
  ['quoted', /"(?:[^"]|"")+"/y],
  ['word', /[A-Za-z_][A-Za-z0-9_$]*/y],
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['variable', /\$(?:\d+|[A-Za-z_][A-Za-z0-9_$]*)/y],
  ['stage', /@[^\s(),;]+/y],
  ['mark', /(?!\/\*|->>)(?:::|:=|=>|->|<>|!=|<=|>=|\|\||\*\*|[()[\]{},.;:+\-*/%=<>!?&|^~$])/y],
];

/** The tokens of a text; gives up on what is not closed, and on what engines and people could take for different things. */
export function tokensOf(text: string): Tokens {
  const list: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const [kind, found] = matchAt(text, at);
    if (kind === 'line comment') checkLine(found);
    else if (kind !== 'space') list.push(checked({ kind, text: found, start: at, end: at + found.length, name: '' }));
    at += found.length;
  }
  return { text, list, closes: bracketsOf(list) };
}

function matchAt(text: string, at: number): [Kind | 'space' | 'line comment', string] {
  for (const [kind, shape] of shapes) {
    shape.lastIndex = at;
    const found = shape.exec(text);
    if (found !== null) return [kind, found[0]];
  }
  return giveUp(`cannot read on at ${at}`);
}

/** Where such a comment ends is not written down: what follows may be part of it, or of the statement. */
function checkLine(comment: string): void {
  if (/\r(?!$)|[\v\f\u0085\u2028\u2029]/.test(comment)) giveUp('odd end of line in a comment');
}

function checked(token: Token): Token {
  const { kind, text } = token;
  if ((kind === 'word' || kind === 'variable') && text.includes('$$')) return giveUp('$$ in a name');
  if (kind === 'word') return { ...token, name: text.toUpperCase() };
  if (kind === 'quoted') return { ...token, name: text.slice(1, -1).replaceAll('""', '"') };
  if (kind === 'stage' && /['"\\~%]|\/\/|--|\/\*/.test(text)) giveUp('a stage whose name cannot be read');
  return token;
}

/** Far below what would exhaust the stack, far above what people write. */
const deepest = 300;

const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

function bracketsOf(list: readonly Token[]): Map<number, number> {
  const closes = new Map<number, number>();
  const open: { at: number; closer: string }[] = [];
  for (const [at, { kind, text }] of list.entries()) {
    if (kind !== 'mark') continue;
    const closer = pairs[text];
    if (closer !== undefined) open.push({ at, closer });
    if (open.length > deepest) return giveUp('brackets within too many brackets');
    if (!/^[)\]}]$/.test(text)) continue;
    const last = open.pop();
    if (last?.closer !== text) return giveUp('brackets do not match');
    closes.set(last.at, at);
  }
  return open.length === 0 ? closes : giveUp('a bracket is not closed');
}

export const isWord = (token: Token | undefined, ...names: readonly string[]): boolean =>
  token?.kind === 'word' && names.includes(token.name);

export const isMark = (token: Token | undefined, mark: string): boolean =>
  token?.kind === 'mark' && token.text === mark;

type Name = Token & { readonly kind: 'word' | 'quoted' };

export const isName = (token: Token | undefined): token is Name => token?.kind === 'word' || token?.kind === 'quoted';
