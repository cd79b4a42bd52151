/** A piece of a query's text, without spaces and comments. */
export interface Token {
  /** `name`: in backticks, whose text here is what is inside; `word`: a keyword or a name. */
  readonly is: 'word' | 'name' | 'string' | 'number' | 'mark';
  readonly text: string;
  /** Where it begins and ends in the query, in characters. */
  readonly from: number;
  readonly to: number;
}

type Shape = readonly [is: Token['is'] | 'blank', shape: RegExp];

/** In this order; all at one place of the text (BigQuery documentation, "Lexical structure and syntax"). */
const shapes: readonly Shape[] = [
  ['blank', /\s+|#[^\n]*|--[^\n]*|\/\*[^]*?\*\//y],
  // A backslash keeps a quote from ending a string, also in raw ones.
  ['string', /(?:rb?|br?)?(?:'''(?:[^\\]|\\[^])*?'''|"""(?:[^\\]|\\[^])*?""")/iy],
  ['string', /(?:rb?|br?)?(?:'(?!'')(?:[^'\\\n]|\\[^\n])*'|"(?!"")(?:[^"\\\n]|\\[^\n])*")/iy],
  ['name', /`(?:[^`\\\n]|\\[^\n])+`/y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['number', /0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy],
  ['mark', /[^'"`]/y],
];

/** null: it ends in the middle of a string, a name or a comment. */
export function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const found = matchAt(text, at, tokens.at(-1));
    if (found === null) return null;
    const { is, said } = found;
    if (is !== 'blank')
      tokens.push({ is, text: is === 'name' ? insideOf(said) : said, from: at, to: at + said.length });
    at += said.length;
  }
  return tokens;
}

function matchAt(
  text: string,
  at: number,
  before: Token | undefined,
): { readonly is: Shape[0]; readonly said: string } | null {
  // What begins here and does not end is not a mark.
  if (text.startsWith('/*', at) && !text.includes('*/', at + 2)) return null;
  const isAfterName = (before?.is === 'word' || before?.is === 'name') && before.to === at;
  if (isAfterName && text[at] === '.') return { is: 'mark', said: '.' };
  // After a dot a part of a name may begin with a digit: `p.d.2024_orders`.
  if (before?.text === '.' && before.to === at) {
    const part = /[\p{L}\p{N}_]+/uy;
    part.lastIndex = at;
    const said = part.exec(text)?.[0];
    if (said !== undefined) return { is: 'word', said };
  }
  for (const [is, shape] of shapes) {
    shape.lastIndex = at;
    const said = shape.exec(text)?.[0];
    if (said !== undefined) return { is, said };
  }
  return null;
}

const insideOf = (name: string): string => name.slice(1, -1).replaceAll(/\\(.)/g, '$1');

/** Whether it is one of some keywords; what is in backticks is none. */
export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.is === 'word' && words.includes(token.text.toUpperCase());

export const isMark = (token: Token | undefined, mark: string): boolean => token?.is === 'mark' && token.text === mark;
