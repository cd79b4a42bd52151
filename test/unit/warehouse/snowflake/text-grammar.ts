/** How a relation is written: in FROM, and before a column in one, two or three parts. */
export interface Spelling {
  readonly from: (relation: number, form: number) => string;
  readonly qualifier: (relation: number, form: number) => string;
}

export interface Built {
  readonly query: string;
  /** Numbers of the relations that it reads, by construction. */
  readonly reads: ReadonlySet<number>;
}

interface State {
  readonly draw: (below: number) => number;
  readonly spelling: Spelling;
  readonly reads: Set<number>;
  count: number;
}

interface Item {
  readonly sql: string;
  readonly column: (name: string) => string;
}

/** A query from a small grammar: the numbers of the tape decide, so that the same tape can be spelled in two ways. */
export function built(tape: readonly number[], relations: number, spelling: Spelling): Built {
  let at = 0;
  const draw = (below: number): number => (tape[at++] ?? 0) % below;
  const state: State = { draw, spelling, reads: new Set(), count: 0 };
  const query = select(state, relations, 3, []);
  return { query, reads: state.reads };
}

/** Strings and comments that look like names and clauses, numbered so that none is like another. */
export const noise = /'n\d+ [^']*'|\$\$n\d+ [^$]*\$\$|\/\*n\d+ [^*]*\*\/|--n\d+ [^\n]*\n/g;

function quiet(state: State): string {
  const n = (state.count += 1);
  const lookalike = 'from DB.GREEN.T0, GREEN.T1 join "DB"."GREEN"."T2" ; ) (';
  return [` `, ` /*n${n} ${lookalike}*/ `, ` --n${n} it''s ${lookalike}\n`, ` \n\t`][state.draw(4)] ?? ' ';
}

function literal(state: State): string {
  const n = (state.count += 1);
  return [`'n${n} from DB.GREEN.T0 -- /* '`, `$$n${n} from DB.GREEN.T0 it's $$`, '1.5e3', 'null'][state.draw(4)] ?? '1';
}

function select(state: State, relations: number, depth: number, ctes: readonly string[]): string {
  const made = depth > 0 ? state.draw(3) : 0;
  const names = Array.from({ length: made }, (_, n) => (state.draw(4) === 0 ? `T${n}` : `c${depth}_${n}`));
  const known = [...ctes];
  const withs = names.map((name) => {
    const query = select(
      state,
      relations,
      depth - 1,
      known.filter((one) => one !== name),
    );
    known.push(name);
    return `${name}${quiet(state)}as (${query})`;
  });
  const start = withs.length === 0 ? '' : `with${quiet(state)}${withs.join(`,${quiet(state)}`)}${quiet(state)}`;
  const first = branch(state, relations, depth, known);
  const operators = ['union all', 'union', 'except', 'minus', 'intersect'];
  if (depth === 0 || state.draw(4) > 0) return start + first;
  return `${start}${first} ${operators[state.draw(5)]}${quiet(state)}(${select(state, relations, depth - 1, known)})`;
}

function branch(state: State, relations: number, depth: number, ctes: readonly string[]): string {
  const items: Item[] = [];
  const bare = new Set<number>();
  for (let left = 1 + state.draw(3); left > 0; left -= 1) items.push(item(state, relations, depth, ctes, bare));
  const [first, ...others] = items;
  const from = others.reduce((list, { sql }) => list + joined(state, sql, items), first?.sql ?? '');
  const columns = Array.from({ length: 1 + state.draw(3) }, () => expression(state, relations, depth, ctes, items));
  const where = state.draw(2) === 0 ? '' : ` where ${expression(state, relations, depth, ctes, items)} is not null`;
  const tail = ['', ' group by all', ' qualify row_number() over (order by 1) = 1', ' limit 10'][state.draw(4)];
  return `select${quiet(state)}${columns.join(', ')}${quiet(state)}from${quiet(state)}${from}${where}${tail}`;
}

function joined(state: State, sql: string, items: readonly Item[]): string {
  const join = [' join', ' left outer join', ' full join', ' inner join'][state.draw(4)];
  const on = `${column(state, items)} is not distinct from ${column(state, items)} and left('a', 1) = 'a'`;
  return [`,${quiet(state)}${sql}`, `${join}${quiet(state)}${sql} on ${on}`, ` cross join ${sql}`][state.draw(3)] ?? '';
}

function item(state: State, relations: number, depth: number, ctes: readonly string[], bare: Set<number>): Item {
  const alias = `a${(state.count += 1)}`;
  const aliased = (sql: string): Item => ({
    sql: `${sql}${quiet(state)}${['as ', ''][state.draw(2)]}${alias}`,
    column: (name) => `${alias}.${name}`,
  });
  const kind = state.draw(9);
  const cte = ctes[state.draw(Math.max(1, ctes.length))];
  if (kind === 0 && depth > 0) return aliased(`(${select(state, relations, depth - 1, ctes)})`);
  if (kind === 1) return aliased(`table(flatten(input => parse_json(${literal(state)}):"from".x))`);
  if (kind === 2) return aliased(`(values (1, ${literal(state)}), (2, 'from'))`);
  if ((kind === 3 || kind === 4) && cte !== undefined) return aliased(cte);
  const relation = state.draw(relations);
  const from = state.spelling.from(relation, state.draw(5));
  state.reads.add(relation);
  if (kind === 5) return aliased(`${from} at (timestamp => '2024-01-01'::timestamp)`);
  if (kind === 6) return aliased(`${from} sample (10)`);
  if (kind !== 7 || bare.has(relation)) return aliased(from);
  bare.add(relation);
  const form = state.draw(3);
  return { sql: from, column: (name) => `${state.spelling.qualifier(relation, form)}.${name}` };
}

const column = (state: State, items: readonly Item[]): string =>
  items[state.draw(items.length)]?.column(['id', '"from"', '$1', 'v:from.x::string'][state.draw(4)] ?? 'id') ?? '1';

function expression(
  state: State,
  relations: number,
  depth: number,
  ctes: readonly string[],
  items: readonly Item[],
): string {
  const kind = state.draw(7);
  if (kind === 0) return literal(state);
  if (kind === 1) return `extract(year from ${column(state, items)})`;
  if (kind === 2 && depth > 0) return `(${select(state, relations, depth - 1, ctes)})`;
  if (kind === 3) return `coalesce(${column(state, items)}, ${literal(state)})`;
  if (kind === 4 && depth > 0) return `iff(exists (${select(state, relations, depth - 1, ctes)}), 1, 0)`;
  if (kind === 5) return `case when ${column(state, items)} is distinct from 1 then ${literal(state)} end`;
  return column(state, items);
}
