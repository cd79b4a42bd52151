import type { CutoverPlan, Mark } from '../../domain/cutover.ts';
import { inReadingOrder, isFunction } from './catalog.ts';
import type { Context } from './context.ts';
import type { CutoverRequest, Readers } from './cutover-request.ts';
import { identifier, json, literal, moveStatements, qualified, schemaOf, wordFor } from './dialect.ts';
import { guardStatement } from './guard.ts';
import { functionIds, type Moves, relationIds } from './moves.ts';

/** All statements of a cutover, in order; one round trip, one transaction. */
export function cutoverScript(request: CutoverRequest): string {
  const { ctx, plan, guard, moves, readers, leaves, lockMs } = request;
  const keptSchemas = plan.kept.map(schemaOf);
  const mark: Mark = { ...plan.mark, fence: guard.fence };
  const statements = [
    'begin',
    `set local lock_timeout = ${lockMs}`,
    // Of one lock is the one, of all of them together the other: readers wait behind those that are granted already.
    `set local statement_timeout = ${lockMs + LOCKING_MS + Math.ceil((moves.all.length + readers.beside.length) * LOCK_MS)}`,
    "set local search_path = ''",
    `do ${literal(`begin ${[...locks(moves.coming), ...locks(moves.leaving), ...readers.beside.map(lockBeside)].map((lock) => `${lock};`).join(' ')} end`)}`,
    `set local statement_timeout = ${STATEMENT_MS}`,
    guardStatement(request),
    ...[...new Set(moves.all.map(({ to }) => to.schema))].map(
      (schema) => `create schema if not exists ${identifier(schema)}`,
    ),
    ...moves.all.flatMap(({ from, to, found }) => moveStatements(from, to, found.kind)),
    ...takeStatistics(moves),
    ...nameLive(moves),
    ...readers.bound.map(bind),
    ...restNoMore(ctx, moves),
    ...(leaves && keptSchemas.length > 0 ? [keepStatement(ctx, keptSchemas, leaves, plan)] : []),
    letGo(ctx, moves),
    `select lastgreen.set_mark(${literal(ctx.environment)}, ${guard.fence}, ${json(mark)})`,
    'commit',
  ];
  return `${statements.join(';\n')};`;
}

/** What locking takes on a busy machine where nobody holds anything: all of it, and each, ms. */
const LOCKING_MS = 20;
const LOCK_MS = 0.5;

/** Longest that one statement of it may take, with its locks held, ms: a stuck server must not keep readers waiting for ever. */
const STATEMENT_MS = 60_000;

/**
 * Everything that moves, in one order, and in that of readers: a view before what it reads. LOCK TABLE on a view would
 * lock what it reads too, and takes no materialized view (PostgreSQL documentation, "LOCK"); giving one to the owner that
 * it has changes nothing and takes the same lock ("ALTER VIEW"). A function has no lock that callers wait for ("Explicit
 * Locking"): a statement that found it before the commit runs the old one, also on tables that it got after the commit.
 */
function locks(moves: Moves['all']): readonly string[] {
  const moving = moves.map(({ found }) => found).filter((found) => !isFunction(found));
  const tables = moving.filter(({ kind }) => !kind.includes('view')).map(({ relation }) => qualified(relation));
  return [
    ...inReadingOrder(moving)
      .filter(({ kind }) => kind.includes('view'))
      .map(({ relation, kind, protection }) => {
        const owner = protection ? identifier(protection.owner) : 'current_user';
        return `alter ${wordFor(kind)} ${qualified(relation)} owner to ${owner}`;
      }),
    ...(tables.length > 0 ? [`lock table only ${tables.toSorted().join(', ')} in access exclusive mode`] : []),
  ];
}

/** Who may not lock it beforehand may still change it: then it is locked when that is done. */
const lockBeside = ({ at }: Readers['beside'][number]): string =>
  `begin lock table only ${qualified(at)} in access exclusive mode; exception when insufficient_privilege then null; end`;

/** With the text that it had before anything moved: what the engine does not take is told by its name. */
function bind({ at, binding, asWritten }: Readers['bound'][number]): string {
  const relation = literal(qualified(at));
  if (binding.is === 'policy') {
    const [using, check] = [binding.using, binding.check].map((text) => (text === null ? 'null' : literal(text)));
    const policy = `${relation}, ${literal(binding.name)}, ${using}, ${check}`;
    return `select lastgreen.bind_policy(${policy})${asWritten ? `, lastgreen.policy_is(${policy})` : ''}`;
  }
  const withOptions = binding.options.length > 0 ? `with (${binding.options.join(', ')})` : '';
  const text = binding.definition.replace(/;\s*$/, '');
  const check = asWritten ? `, lastgreen.view_is(${relation}, ${literal(text)})` : '';
  return `select lastgreen.bind(${relation}, ${literal(withOptions)}, ${literal(text)})${check}`;
}

/** What rests and what is live let go of each other, and what is live refers to what is live. */
function letGo({ environment }: Context, { leaving, coming }: Moves): string {
  const oids = (some: Moves['all']): string => oidArray(relationIds(some));
  const live = Object.fromEntries([
    ...coming.map(({ from, to }) => [from.schema, to.schema]),
    ...leaving.map(({ from, to }) => [to.schema, from.schema]),
  ]);
  return `select lastgreen.let_go(${literal(environment)}, ${oids(leaving)}, ${oids(coming)}, ${json(live)})`;
}

/** What leaves first: its names are taken by what comes. */
function takeStatistics({ all, leaving, coming }: Moves): readonly string[] {
  const ids = relationIds([...leaving, ...coming]);
  const schemas = [...new Set(all.map(({ from }) => from.schema))].map(literal);
  return ids.length > 0
    ? [`select lastgreen.take_statistics(${oidArray(ids)}, array[${schemas.join(', ')}]::text[])`]
    : [];
}

/** What a function's body in quotes names is looked for when it runs: where it is then. */
function nameLive({ coming }: Moves): readonly string[] {
  const functions = functionIds(coming);
  const schemas = Object.fromEntries(coming.map(({ from, to }) => [from.schema, to.schema]));
  return functions.length > 0 ? [`select lastgreen.name_live(${oidArray(functions)}, ${json(schemas)})`] : [];
}

const oidArray = (oids: readonly string[]): string => `array[${oids.join(', ')}]::oid[]`;

/** What comes back from a kept side is not made again there. */
function restNoMore(ctx: Context, { coming }: Moves): readonly string[] {
  const names = coming.map(({ from }) => `(${literal(from.schema)}, ${literal(from.identifier)})`);
  const where = `environment = ${literal(ctx.environment)} and (schema_name, name) in (${names.join(', ')})`;
  return names.length > 0 ? [`delete from lastgreen.kept_view where ${where}`] : [];
}

const keepStatement = (ctx: Context, schemas: readonly string[], leaves: Mark, { release }: CutoverPlan): string =>
  `select lastgreen.keep(${literal(ctx.environment)}, array[${schemas.map(literal).join(', ')}]::text[], ${literal(leaves.content)}, ${literal(leaves.sha)}, ${literal(release)})`;
