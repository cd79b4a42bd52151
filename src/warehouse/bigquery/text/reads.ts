import { type Path, pathAt } from './paths.ts';
import { isMark, isWord, type Token, tokensOf } from './tokens.ts';

/** A table, view, model or function as a query names it. */
export interface Said {
  /** null: the query's own. */
  readonly project: string | null;
  readonly dataset: string;
  readonly name: string;
}

/** What one pair of brackets holds. */
interface Level {
  /** Whether a comma begins another thing that is read. */
  inFrom: boolean;
  /** Whether a query is in them: what it calls so inside is unknown outside. */
  isQuery: boolean;
  /** Names that the query gives to what it reads. */
  aliases: Set<string>;
  /** Those of the queries around it: they come after it in the text where it is in their list of columns. */
  readonly outer: readonly ReadonlySet<string>[];
  /** `extract(year from day)` reads nothing (documentation, "Date functions"). */
  readonly isExtract: boolean;
  /** The brackets are a thing that is read, or its arguments: a name for it may follow. */
  readonly isItem: boolean;
}

interface Walk {
  readonly tokens: readonly Token[];
  readonly levels: Level[];
  readonly found: { readonly said: Said; readonly first: string; readonly outer: Level['outer'] }[];
  at: number;
  /** A thing that is read comes next. */
  expected: boolean;
  /** The brackets that come next are arguments of a thing that is read. */
  called: boolean;
}

/**
 * What a query reads, by the names that its text says; null: nobody can tell. A name of one part is an alias or a CTE: what is
 * read has at least its dataset (documentation, "Query syntax", FROM).
 */
export function namesRead(text: string): readonly Said[] | null {
  const tokens = tokensOf(text);
  // A graph says in a language of its own what it reads.
  if (tokens === null || isWord(tokens[0], 'GRAPH') || tokens.some((token) => isWord(token, 'GRAPH_TABLE')))
    return null;
  const outermost = {
    inFrom: false,
    isQuery: true,
    aliases: new Set<string>(),
    outer: [],
    isExtract: false,
    isItem: false,
  };
  const walk: Walk = { tokens, levels: [outermost], found: [], at: 0, expected: false, called: false };
  while (walk.at < tokens.length) if (!step(walk)) return null;
  if (walk.levels.length > 1) return null;
  return once(
    walk.found.filter(({ first, outer }) => !outer.some((aliases) => aliases.has(first))).map(({ said }) => said),
  );
}

/** What is read in brackets of a list does not know what else the list has, but the queries around it. */
function open(walk: Walk, level: Level): void {
  const { tokens, levels, expected, called } = walk;
  const outer = expected ? level.outer : [level.aliases, ...level.outer];
  const isExtract = isWord(tokens[walk.at - 1], 'EXTRACT');
  levels.push({ inFrom: expected, isQuery: false, aliases: new Set(), outer, isExtract, isItem: expected || called });
  walk.called = false;
  walk.at++;
}

/** One token, or the name that begins with it; false: nobody can tell. */
function step(walk: Walk): boolean {
  const { tokens, levels, expected } = walk;
  const [token, level] = [tokens[walk.at], levels.at(-1)];
  if (!token || !level) return false;
  if (isMark(token, '(') || isMark(token, '[')) {
    open(walk, level);
    return true;
  }
  if (isMark(token, ')') || isMark(token, ']')) return close(walk);
  const path = isKeyword(token) ? null : pathAt(tokens, walk.at, { dashed: expected });
  if (path !== null) return name(walk, path, level);
  keyword(walk, token, level);
  walk.at++;
  return true;
}

/** What decides what is read: none of them is a name without backticks, and behind a dot they are none. */
const isKeyword = (token: Token): boolean =>
  isWord(token, 'FROM', 'JOIN', 'UNNEST', 'SELECT', 'WITH', 'TABLE', 'MODEL') || isWord(token, ...ENDS);

const ENDS = [
  'WHERE',
  'GROUP',
  'HAVING',
  'QUALIFY',
  'WINDOW',
  'ORDER',
  'LIMIT',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'SELECT',
];

function keyword(walk: Walk, token: Token, level: Level): void {
  const before = walk.tokens[walk.at - 1];
  const isList = isMark(token, ',') && level.inFrom;
  // `a is distinct from b` reads nothing.
  const isFrom = isWord(token, 'FROM') && !level.isExtract && !isWord(before, 'DISTINCT');
  walk.called = walk.expected && isWord(token, 'UNNEST');
  walk.expected = isList || isFrom || isWord(token, 'JOIN');
  if (isFrom || isWord(token, 'SELECT', 'WITH')) level.isQuery = true;
  if (isFrom) level.inFrom = true;
  if (!isWord(token, ...ENDS)) return;
  level.inFrom = false;
  if (isWord(token, 'UNION', 'INTERSECT', 'EXCEPT')) level.aliases = new Set();
}

function close(walk: Walk): boolean {
  const level = walk.levels.pop();
  const outer = walk.levels.at(-1);
  if (!level || !outer) return false;
  walk.expected = false;
  walk.at++;
  if (!level.isItem) return true;
  // `(a join b)`: what is called so inside is called so outside.
  if (!level.isQuery) for (const alias of level.aliases) outer.aliases.add(alias);
  const alias = aliasAt(walk.tokens, walk.at);
  if (alias !== null) outer.aliases.add(alias);
  return true;
}

function name(walk: Walk, path: Path, level: Level): boolean {
  const { tokens, expected } = walk;
  const isCalled = isMark(tokens[path.last + 1], '(');
  const isRead = expected || isCalled || isWord(tokens[walk.at - 1], 'TABLE', 'MODEL');
  if (isRead) {
    const first = path.parts[0]?.name.toLowerCase() ?? '';
    const isAlias = !isCalled && level.aliases.has(first);
    const said = isAlias ? null : saidBy(path, isCalled);
    if (said === 'unsure') return false;
    // `from orders o, o.lines`: an array of what was read before it comes first; no function is one.
    if (said !== null) walk.found.push({ said, first, outer: isCalled ? [] : level.outer });
  }
  if (expected && !isCalled)
    level.aliases.add(aliasAt(tokens, path.last + 1) ?? path.parts.at(-1)?.name.toLowerCase() ?? '');
  walk.called = expected && isCalled;
  walk.expected = false;
  walk.at = path.last + 1;
  return true;
}

/** Whose functions every project has (documentation, "Functions, operators, and conditionals"). */
const BUILT_IN = new Set([
  'AEAD',
  'AI',
  'HLL_COUNT',
  'KEYS',
  'KLL_QUANTILES',
  'ML',
  'NET',
  'OBJ',
  'SAFE',
  'VECTOR_INDEX',
]);

function saidBy({ parts }: Path, isCalled: boolean): Said | 'unsure' | null {
  const [first = '', second = '', third = '', ...rest] = parts.map(({ name: said }) => said);
  if (second === '' || (isCalled && BUILT_IN.has(first.toUpperCase()))) return null;
  // What a dataset tells of itself.
  if (parts.some(({ name: said }) => said.toUpperCase() === 'INFORMATION_SCHEMA')) return null;
  if (third === '') return { project: null, dataset: first, name: second };
  return rest.length === 0 ? { project: first, dataset: second, name: third } : 'unsure';
}

/** What the thing before is called: `orders as o`, `orders o`. */
function aliasAt(tokens: readonly Token[], at: number): string | null {
  const token = isWord(tokens[at], 'AS') ? tokens[at + 1] : tokens[at];
  if (token?.is !== 'name' && (token?.is !== 'word' || RESERVED.has(token.text.toUpperCase()))) return null;
  return token.text.toLowerCase();
}

/** Documentation, "Lexical structure and syntax", "Reserved keywords"; and what may follow a table. */
const RESERVED = new Set(
  `ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT DEFAULT DEFINE
DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL GROUP GROUPING GROUPS HASH
HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF
ON OR ORDER OUTER OVER PARTITION PIVOT PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT
TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST UNPIVOT USING WHEN WHERE WINDOW WITH WITHIN`.split(/\s+/),
);

const once = (said: readonly Said[]): readonly Said[] => [
  ...new Map(said.map((one) => [JSON.stringify([one.project, one.dataset, one.name]), one])).values(),
];
