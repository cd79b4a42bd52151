import { isMark, type Token } from './tokens.ts';

/** One part of a name such as `project.dataset.table`. */
interface Part {
  readonly name: string;
  /** Where it is said, without quotes; null: a backslash is in it, or it is put together. */
  readonly at: { readonly from: number; readonly to: number } | null;
}

/** A name of one or more parts, however many of them are in one pair of backticks. */
export interface Path {
  readonly parts: readonly Part[];
  /** The first and the last of its tokens. */
  readonly first: number;
  readonly last: number;
}

/**
 * The name that begins with a token; null: none does. A project may be said without backticks although it has dashes, where
 * a table is named (BigQuery documentation, "Lexical structure and syntax"): `dashed`.
 */
export function pathAt(tokens: readonly Token[], first: number, { dashed }: { readonly dashed: boolean }): Path | null {
  const begin = tokens[first];
  if (begin?.is !== 'word' && begin?.is !== 'name') return null;
  let last = first;
  let parts = partsOf(begin);
  if (dashed && begin.is === 'word') {
    last = dashedEnd(tokens, first);
    if (last > first)
      parts = [
        {
          name: tokens
            .slice(first, last + 1)
            .map(({ text }) => text)
            .join(''),
          at: null,
        },
      ];
  }
  for (;;) {
    const next = tokens[last + 2];
    if (!isMark(tokens[last + 1], '.') || (next?.is !== 'word' && next?.is !== 'name')) break;
    parts = [...parts, ...partsOf(next)];
    last += 2;
  }
  return { parts, first, last };
}

/** The last token of `my-project-1` when a dot follows, else the first. */
function dashedEnd(tokens: readonly Token[], first: number): number {
  let last = first;
  for (;;) {
    const [here, dash, next] = [tokens[last], tokens[last + 1], tokens[last + 2]];
    const isNext = next?.is === 'word' || next?.is === 'number';
    if (!here || !isMark(dash, '-') || !isNext || dash?.from !== here.to || next.from !== dash.to) break;
    last += 2;
    // `1st` is a number and a word.
    while (tokens[last + 1]?.is === 'word' && tokens[last + 1]?.from === tokens[last]?.to) last++;
  }
  return isMark(tokens[last + 1], '.') ? last : first;
}

function partsOf(token: Token): readonly Part[] {
  const { is, text, from, to } = token;
  if (is === 'word') return [{ name: text, at: { from, to } }];
  const isPlain = text.length === to - from - 2;
  // A project of a domain has a dot in its name: `example.com:shop`.
  const scope = /^[^:]*:/.exec(text)?.[0] ?? '';
  let at = from + 1;
  return text
    .slice(scope.length)
    .split('.')
    .map((said, n): Part => {
      const name = n === 0 ? `${scope}${said}` : said;
      const part = { name, at: isPlain ? { from: at, to: at + name.length } : null };
      at += name.length + 1;
      return part;
    });
}
