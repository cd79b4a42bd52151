import { isMark, isName, isWord, type Tokens } from './tokens.ts';

/** Tokens of a head, from one place to before another. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A column in the list of a view's columns, with what is said of it. */
export interface ListedColumn extends Range {
  readonly column: string;
}

/** The columns that a head lists, and what stands behind the list. */
export function columnsIn({ list, closes }: Tokens): {
  readonly columns: readonly ListedColumn[];
  readonly rest: Range;
} {
  const close = isMark(list[0], '(') ? closes.get(0) : undefined;
  if (close === undefined) return { columns: [], rest: { from: 0, to: list.length } };
  const columns: ListedColumn[] = [];
  for (let from = 1; from < close; ) {
    let to = from;
    while (to < close && !isMark(list[to], ',')) to = (closes.get(to) ?? to) + 1;
    const first = list[from];
    if (isName(first)) columns.push({ column: first.name, from, to });
    from = to + 1;
  }
  return { columns, rest: { from: close + 1, to: list.length } };
}

/** Where the brackets of a TAG clause close in a range; null: there is none. */
export function tagsEnd({ list, closes }: Tokens, { from, to }: Range): number | null {
  const tag = list.findIndex((token, at) => at >= from && at < to && isWord(token, 'TAG') && isMark(list[at + 1], '('));
  const close = tag === -1 ? undefined : closes.get(tag + 1);
  return close === undefined ? null : (list[close]?.start ?? null);
}
