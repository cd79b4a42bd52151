import type { Change } from '../../domain/change.ts';
import type { CutoverPlan, Mark } from '../../domain/cutover.ts';
import { type Container, contains, isRelation, nameKey } from '../../domain/relation.ts';
import { ownName } from './containers.ts';
import { type Context, control } from './context.ts';
import { literal } from './dialect.ts';
import { forgetResting } from './view-script.ts';

/** What a cutover writes down of what leaves live, with the changes themselves. */

export const forgetKept = (ctx: Context, container: Container): string =>
  `delete from ${control(ctx, 'KEPT')} where ENVIRONMENT = ${literal(ctx.environment)} and NAME = ${literal(ownName(container))}`;

export const idleAgain = (ctx: Context, container: Container): string =>
  `insert into ${control(ctx, 'IDLE')} (ENVIRONMENT, NAME) values (${literal(ctx.environment)}, ${literal(ownName(container))})`;

/** What rests is listed, so that what else a build left beside it is not taken for it. */
export function keep(ctx: Context, container: Container, leaves: Mark, plan: CutoverPlan): readonly string[] {
  const called = literal(ownName(container));
  const last = new Map(
    plan.changes.flatMap(({ after }) => after.map(([name, state]) => [nameKey(name), { name, state }] as const)),
  );
  const names = [...last.values()].flatMap(({ name, state }) =>
    isRelation(name) && contains(container, name) && state.is !== 'absent' ? [name.identifier] : [],
  );
  const isThere =
    names.length > 0 || (ctx.scope !== 'table' && (last.get(nameKey(container))?.state.is ?? 'absent') !== 'absent');
  if (!isThere) return [];
  const environment = literal(ctx.environment);
  const resting = control(ctx, 'RESTING');
  return [
    ...(ctx.scope !== 'table'
      ? []
      : [
          `insert into ${resting} (SCHEMA_NAME, NAME) select ${called}, n.value::varchar from table(flatten(input => parse_json(${literal(JSON.stringify(names))}))) n where not exists (select 1 from ${resting} r where r.SCHEMA_NAME = ${called} and r.NAME = n.value::varchar)`,
        ]),
    `insert into ${control(ctx, 'KEPT')} (ENVIRONMENT, NAME, RELEASE, SHA, DISPLACED_BY) select ${[environment, called, ...[leaves.content, leaves.sha, plan.release].map(literal)].join(', ')} where not exists (select 1 from ${control(ctx, 'KEPT')} where ENVIRONMENT = ${environment} and NAME = ${called})`,
  ];
}

/** Schemas that were idle until they got the kept side's name, and records of what has left a kept side. */
export function forgotten(ctx: Context, todo: readonly Change[]): readonly string[] {
  const environment = literal(ctx.environment);
  return todo.flatMap((change): readonly string[] => {
    if (change.do !== 'move') return [];
    if (isRelation(change.from)) return [`${forgetResting(ctx, change.from)} and DEFINITION is null`];
    return [
      `delete from ${control(ctx, 'IDLE')} where ENVIRONMENT = ${environment} and NAME = ${literal(ownName(change.from))}`,
    ];
  });
}
