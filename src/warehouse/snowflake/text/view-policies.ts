import { objectsIn } from './head.ts';
import { identifierText } from './names.ts';
import { isMark, tokensOf } from './tokens.ts';
import type { View } from './view.ts';

/** What of a policy on a view its text can say (documentation, "CREATE VIEW"). */
export interface Said {
  readonly kind: string;
  readonly name: readonly string[];
  readonly column: string | null;
  readonly columns: readonly string[];
  readonly tag: readonly string[] | null;
}

/** Those that a view would be without if it were made from its text. */
export function policiesLeftOut<P extends Said>({ head }: Pick<View, 'head'>, policies: readonly P[]): readonly P[] {
  const named = objectsIn(head).map((parts) => parts.at(-1)?.value);
  return policies.filter(({ name }) => !named.includes(name.at(-1)));
}

/** The same view with policies in its text; null where there is no clause for one, or no room for it. */
export function withPolicies(view: View, policies: readonly Said[], columns: readonly string[]): View | null {
  if (policies.length === 0) return view;
  if (policies.some(({ tag }) => tag !== null)) return null;
  const onColumns = policies.filter(({ column }) => column !== null);
  if (onColumns.length > 0 && (isMark(tokensOf(view.head).list[0], '(') || columns.length === 0)) return null;
  const list = columns.map((column) =>
    [
      identifierText(column),
      ...onColumns
        .filter((one) => one.column === column)
        .map((one) => `with ${one.kind} ${nameText(one)}${using(one)}`),
    ].join(' '),
  );
  const clauses = policies.filter(({ column }) => column === null).map(clause);
  if (clauses.includes(null)) return null;
  const head = [...(onColumns.length > 0 ? [`(${list.join(', ')})`] : []), view.head, ...clauses];
  return { ...view, head: head.filter((part) => part !== '').join(' ') };
}

const nameText = ({ name }: Said): string => name.map(identifierText).join('.');

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
