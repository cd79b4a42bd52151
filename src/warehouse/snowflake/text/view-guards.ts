import { literal } from '../dialect.ts';
import { type Edit, edited } from './edits.ts';
import { objectsIn } from './head.ts';
import { identifierText } from './names.ts';
import { isWord, type Tokens, tokensOf } from './tokens.ts';
import type { View } from './view.ts';
import { columnsIn, type ListedColumn, type Range, tagsEnd } from './view-columns.ts';

/** What of a policy on a view its text can say (documentation, "CREATE VIEW"). */
export interface Said {
  readonly kind: string;
  readonly name: readonly string[];
  readonly column: string | null;
  readonly columns: readonly string[];
  /** The tag that brings it along: it is the tag that a text says. */
  readonly tag: readonly string[] | null;
}

/** A tag on a view, or on a column of it. */
export interface SaidTag {
  readonly name: readonly string[];
  readonly value: string;
  readonly column: string | null;
}

/** What keeps rows and columns from readers. */
export interface Guards<P extends Said = Said, T extends SaidTag = SaidTag> {
  readonly policies: readonly P[];
  readonly tags: readonly T[];
}

/** Those that a view would be without if it were made from its text. */
export function leftOut<P extends Said, T extends SaidTag>(
  { head }: Pick<View, 'head'>,
  { policies, tags }: Guards<P, T>,
): Guards<P, T> {
  const tokens = tokensOf(head);
  const { columns, rest } = columnsIn(tokens);
  const said = new Set([...columns, { ...rest, column: null }].flatMap((range) => guardsIn(tokens, range)));
  const isLeftOut = (word: string, { name, column }: Pick<Said, 'name' | 'column'>): boolean =>
    !said.has(keyOf(word, column, name.at(-1)));
  return {
    policies: policies.filter((one) => one.tag === null && isLeftOut(wordOf(one.kind), one)),
    tags: tags.filter((one) => isLeftOut('TAG', one)),
  };
}

/** The word before POLICY. */
const wordOf = (kind: string): string => kind.split(' ').at(-2)?.toUpperCase() ?? '';

/** A text may leave out the first parts of a name. */
const keyOf = (word: string, column: string | null, name: string | undefined): string =>
  JSON.stringify([word, column, name]);

function guardsIn({ text, list }: Tokens, { from, to, column }: Range & { readonly column: string | null }) {
  const said = text.slice(list[from]?.start ?? text.length, list[to - 1]?.end ?? text.length);
  return objectsIn(said).map(({ word, parts }) => keyOf(word, column, parts.at(-1)?.value));
}

/** The same view with policies and tags in its text; null where there is no clause for one. */
export function withGuards(view: View, guards: Guards, columns: readonly string[]): View | null {
  const { policies, tags } = guards;
  if (policies.length === 0 && tags.length === 0) return view;
  const clauses = policies.filter(({ column }) => column === null).map(clause);
  if (clauses.includes(null)) return null;
  const head = withColumns(view.head, guards, columns);
  if (head === null) return null;
  const whole = withTags(
    head,
    tags.filter(({ column }) => column === null),
  );
  return { ...view, head: [whole, ...clauses].filter((part) => part !== '').join(' ') };
}

/** In the order of the grammar: policies, tags, comment. */
function withColumns(head: string, { policies, tags }: Guards, columns: readonly string[]): string | null {
  const wanted = new Set([...policies, ...tags].flatMap(({ column }) => column ?? []));
  if (wanted.size === 0) return head;
  const list = columns.map(identifierText).join(', ');
  const isListed = columnsIn(tokensOf(head)).columns.length > 0;
  const tokens = tokensOf(isListed ? head : `(${list}) ${head}`.trim());
  const found = columnsIn(tokens).columns.filter(({ column }) => wanted.has(column));
  if (found.length < wanted.size) return null;
  return edited(
    tokens.text,
    found.flatMap((one) => [...policyEdits(tokens, one, policies), ...tagEdits(tokens, one, tags)]),
  );
}

function policyEdits({ list }: Tokens, { column, from }: ListedColumn, policies: readonly Said[]): readonly Edit[] {
  const own = policies.filter((one) => one.column === column);
  const at = list[from]?.end ?? 0;
  return own.length === 0
    ? []
    : [{ start: at, end: at, text: own.map((one) => ` with ${one.kind} ${nameText(one)}${using(one)}`).join('') }];
}

function tagEdits(tokens: Tokens, range: ListedColumn, tags: readonly SaidTag[]): readonly Edit[] {
  const own = tags.filter((one) => one.column === range.column);
  if (own.length === 0) return [];
  const end = tagsEnd(tokens, range);
  if (end !== null) return [{ start: end, end, text: `, ${said(own)}` }];
  const { list } = tokens;
  const comment = list.findIndex((token, at) => at > range.from && at < range.to && isWord(token, 'COMMENT'));
  const at = list[(comment === -1 ? range.to : comment) - 1]?.end ?? 0;
  return [{ start: at, end: at, text: ` with tag (${said(own)})` }];
}

/** A clause of its own may stand anywhere behind the columns: whoever makes the view brings them in order. */
function withTags(head: string, tags: readonly SaidTag[]): string {
  if (tags.length === 0) return head;
  const tokens = tokensOf(head);
  const end = tagsEnd(tokens, columnsIn(tokens).rest);
  return end === null
    ? `${head} with tag (${said(tags)})`.trim()
    : edited(head, [{ start: end, end, text: `, ${said(tags)}` }]);
}

const said = (tags: readonly SaidTag[]): string =>
  tags.map((tag) => `${nameText(tag)} = ${literal(tag.value)}`).join(', ');

const nameText = ({ name }: Pick<Said, 'name'>): string => name.map(identifierText).join('.');

const listText = (columns: readonly string[]): string => `(${columns.map(identifierText).join(', ')})`;

const using = ({ column, columns }: Said): string =>
  column === null || columns.length === 0 ? '' : ` using ${listText([column, ...columns])}`;

function clause(one: Said): string | null {
  switch (one.kind) {
    case 'row access policy':
      return `with row access policy ${nameText(one)} on ${listText(one.columns)}`;
    case 'aggregation policy':
      return `with aggregation policy ${nameText(one)}${one.columns.length === 0 ? '' : ` entity key ${listText(one.columns)}`}`;
    default:
      return null;
  }
}

/** The same with what it names in full of some homes as of another (documentation, "Cloning considerations"). */
export function guardsOf(head: string, from: readonly (readonly string[])[], to: readonly string[]): string {
  return edited(
    head,
    objectsIn(head).flatMap(({ parts }): readonly Edit[] => {
      const home = parts.length === 3 && from.find((one) => one.every((part, n) => parts[n]?.value === part));
      if (!home) return [];
      return to.flatMap((text, n): readonly Edit[] => {
        const part = parts[n];
        return part && part.value !== text ? [{ start: part.start, end: part.end, text: identifierText(text) }] : [];
      });
    }),
  );
}
