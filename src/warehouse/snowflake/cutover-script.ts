import type { Change } from '../../domain/change.ts';
import type { CutoverPlan, Fingerprints, Mark, Seal } from '../../domain/cutover.ts';
import type { Fence } from '../../domain/ids.ts';
import { oneOf } from '../../domain/kind.ts';
import { type Container, contains, inContainer, isRelation, nameKey, type Relation } from '../../domain/relation.ts';
import type { WarehouseError } from '../port.ts';
import type { SnowflakeCatalog } from './catalog.ts';
import { containerName, ownName, wordOf } from './containers.ts';
import { type Context, control } from './context.ts';
import { forgetKept, forgotten, idleAgain, keep } from './cutover-records.ts';
import { literal, qualified, schemaName, wordFor } from './dialect.ts';
import { refused } from './errors.ts';
import type { Found } from './found.ts';
import { changeOf } from './look.ts';
import type { Statement } from './script.ts';
import { define, lay, record } from './view-script.ts';
import { type Part, type Window, windowOf } from './window.ts';

interface Request {
  readonly plan: CutoverPlan;
  readonly guard: { readonly fence: Fence; readonly seal: Seal | null };
  readonly todo: readonly Change[];
  /** Of every schema that it names, from just before. */
  readonly catalog: SnowflakeCatalog;
  /** What must not have been written to. */
  readonly prints: Fingerprints;
  /** What gives each container that comes live the grants, comments, tags and parameters that the live one has. */
  readonly rights: readonly string[];
  /** What is live so far. */
  readonly leaves: Mark | null;
  /** The one that the request runs as, and to which a view belongs that it makes. */
  readonly role: string;
}

export interface Script {
  /** All statements of a cutover, in order. */
  readonly statements: readonly Statement[];
  /** How many of them come before the first that changes what a release moves. */
  readonly beforehand: number;
  /** null: readers never have a mix. */
  readonly window: Window | null;
}

export function cutoverScript(ctx: Context, request: Request): Script {
  const beforehand: readonly Statement[] = [
    { sql: fenceGuard(ctx, request.guard.fence), guards: 'fenced' },
    ...writeGuard(request),
    ...newSchemas(request),
    ...request.rights,
  ];
  const parts = partsOf(ctx, request);
  return {
    statements: [...beforehand, ...parts.flatMap(({ statements }) => statements), ...recording(ctx, request)],
    beforehand: beforehand.length,
    window: windowOf(request.plan, { seal: request.guard.seal, catalog: request.catalog, parts }),
  };
}

/** What was live is kept, and what is, is marked. */
function recording(ctx: Context, { plan, guard, todo, leaves }: Request): readonly Statement[] {
  const mark: Mark = { ...plan.mark, fence: guard.fence };
  return [
    ...(leaves ? plan.kept.flatMap((container) => keep(ctx, container, leaves, plan)) : []),
    ...forgotten(ctx, todo),
    `update ${control(ctx, 'STANDING')} set MARK = ${literal(JSON.stringify(mark))} where ENVIRONMENT = ${literal(ctx.environment)} and CLAIMED = ${guard.fence}`,
    // Who claimed meanwhile waited for this request, and found no mark of it.
    { sql: fenceGuard(ctx, guard.fence), guards: 'fenced' },
    `delete from ${control(ctx, 'CUTTING')} where ENVIRONMENT = ${literal(ctx.environment)} and FENCE <= ${guard.fence}`,
  ];
}

/** Where something comes to lie (documentation, "CREATE SCHEMA"); what a renamed schema brings along must not be in its way. */
function newSchemas({ todo, catalog }: Request): readonly string[] {
  const renamed = new Set(
    todo.flatMap((change) => (change.do === 'move' && !isRelation(change.to) ? [containerName(change.to)] : [])),
  );
  const wanted = todo.flatMap(({ after }) =>
    after.flatMap(([name, state]): readonly Container[] =>
      isRelation(name) && state.is !== 'absent' ? [{ ...name, schema: name.schema }] : [],
    ),
  );
  const missing = wanted.filter(
    ({ location, database, schema }) => catalog.state({ location, database, schema }).is === 'absent',
  );
  const names = new Set(missing.map(({ database, schema }) => schemaName({ database, schema: schema ?? '' })));
  return [...names].filter((name) => !renamed.has(name)).map((name) => `create schema if not exists ${name}`);
}

/** Division by zero stops the request before anything is changed. */
const fenceGuard = (ctx: Context, fence: Fence): string =>
  `select 1 / (select count(*) from ${control(ctx, 'STANDING')} where ENVIRONMENT = ${literal(ctx.environment)} and CLAIMED = ${fence}) as FENCE`;

/** Of tables whose last change is known; the rest was compared before. */
function writeGuard({ prints }: Request): readonly Statement[] {
  const compared = prints.flatMap(([relation, print]) => {
    const change = / changed (\S+)$/.exec(print)?.[1];
    return change === undefined ? [] : [`coalesce(${changeOf(relation)}, 'null') = ${literal(change)}`];
  });
  return compared.length === 0
    ? []
    : [{ sql: `select 1 / iff(${compared.join('\n and ')}, 1, 0) as WRITES`, guards: 'drifted' }];
}

function partsOf(ctx: Context, request: Request): readonly Part[] {
  const { catalog } = request;
  // Where each object lies as the request goes on, so that a later statement knows what it has.
  const board = new Map<string, Found>(catalog.relations.map((one) => [nameKey(one.relation), one]));
  const at = (relation: Relation): Found => {
    const found = board.get(nameKey(relation));
    if (!found) throw refused(`there is no ${qualified(relation)}`, { relation: qualified(relation) });
    return found;
  };
  const put = (relation: Relation, found: Found | null): void => {
    if (found) board.set(nameKey(relation), { ...found, relation });
    else board.delete(nameKey(relation));
  };
  const statementsOf = (change: Change): readonly string[] => {
    switch (change.do) {
      case 'exchange': {
        const { a, b } = change;
        if (!isRelation(a) && !isRelation(b)) return exchangeContainers(a, b, board);
        if (!isRelation(a) || !isRelation(b)) throw refused('a relation and a container do not change places');
        const [first, second] = [at(a), at(b)];
        put(a, second);
        put(b, first);
        return [swap(first, second)];
      }
      case 'move': {
        const { from, to } = change;
        if (!isRelation(from) && !isRelation(to)) return moveContainer(ctx, request, { from, to }, board);
        if (!isRelation(from) || !isRelation(to)) throw refused('a relation does not become a schema');
        const found = at(from);
        const isLaid = found.recorded && !request.plan.kept.some((container) => contains(container, to));
        put(from, null);
        put(to, isLaid ? { ...found, recorded: false } : found);
        return move(ctx, request, found, to);
      }
      case 'define': {
        const isKept = request.plan.kept.some((container) => contains(container, change.view));
        const before = board.get(nameKey(change.view)) ?? null;
        const statements = isKept
          ? record(ctx, change, before, request)
          : define(ctx, change, before, { board, role: request.role });
        put(change.view, before && { ...before, definition: change.sql, recorded: isKept });
        return statements;
      }
      case 'point':
      case 'repoint':
        throw refused('there are no pointers here');
    }
  };
  return request.todo.map((change) => ({ change, statements: statementsOf(change) }));
}

/** Documentation, "ALTER DATABASE", "ALTER SCHEMA", SWAP WITH. */
function exchangeContainers(a: Container, b: Container, board: Map<string, Found>): readonly string[] {
  const inside = (container: Container): readonly Found[] =>
    [...board.values()].filter(({ relation }) => contains(container, relation));
  const moved = [
    ...inside(a).map((one) => ({ one, relation: inContainer(one.relation, b) })),
    ...inside(b).map((one) => ({ one, relation: inContainer(one.relation, a) })),
  ];
  for (const { one } of moved) board.delete(nameKey(one.relation));
  for (const { one, relation } of moved) board.set(nameKey(relation), { ...one, relation });
  return [`alter ${wordOf(a)} ${containerName(a)} swap with ${containerName(b)}`];
}

/** Documentation, "ALTER TABLE", SWAP WITH: both names change places in one transaction. */
function swap(first: Found, second: Found): string {
  for (const one of [first, second]) if (one.kind !== 'table') throw immovable(one);
  return `alter ${wordFor(first.kind)} ${qualified(first.relation)} swap with ${qualified(second.relation)}`;
}

/** Documentation, "ALTER TABLE", "ALTER VIEW": also into another schema. */
function move(ctx: Context, { plan, role }: Request, found: Found, to: Relation): readonly string[] {
  const { relation: from, recorded } = found;
  if (recorded && !plan.kept.some((container) => contains(container, to))) return lay(ctx, found, to, role);
  if (recorded)
    return [
      `update ${control(ctx, 'RESTING')} set SCHEMA_NAME = ${literal(to.schema)}, NAME = ${literal(to.identifier)} where SCHEMA_NAME = ${literal(from.schema)} and NAME = ${literal(from.identifier)}`,
    ];
  if (found.kind !== 'table' && found.kind !== 'view') throw immovable(found);
  return [`alter ${wordFor(found.kind)} ${qualified(from)} rename to ${qualified(to)}`];
}

/** A dynamic table or a materialized view would go on reading the side that it was made on; others have no new name. */
const immovable = ({ relation, kind }: Found): WarehouseError =>
  refused(`${qualified(relation)} is ${oneOf(kind)}: only tables and views change places on Snowflake`, {
    relation: qualified(relation),
  });

/** Its records first: stopped in between, both names still say what they are (documentation, "ALTER SCHEMA"). */
function moveContainer(
  ctx: Context,
  { plan }: Request,
  { from, to }: { readonly from: Container; readonly to: Container },
  board: Map<string, Found>,
): readonly string[] {
  const isKept = (container: Container): boolean => plan.kept.some((one) => nameKey(one) === nameKey(container));
  for (const one of [...board.values()].filter(({ relation }) => contains(from, relation))) {
    const relation = inContainer(one.relation, to);
    board.delete(nameKey(one.relation));
    board.set(nameKey(relation), { ...one, relation });
  }
  return [
    ...(ctx.scope !== 'table'
      ? []
      : [
          `update ${control(ctx, 'RESTING')} set SCHEMA_NAME = ${literal(ownName(to))} where SCHEMA_NAME = ${literal(ownName(from))}`,
        ]),
    forgetKept(ctx, from),
    ...(isKept(from) && !isKept(to) ? [idleAgain(ctx, to)] : []),
    `alter ${wordOf(from)} ${containerName(from)} rename to ${containerName(to)}`,
  ];
}
