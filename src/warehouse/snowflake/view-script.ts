import type { Change } from '../../domain/change.ts';
import type { CutoverPlan } from '../../domain/cutover.ts';
import { nameKey, type Relation } from '../../domain/relation.ts';
import type { SnowflakeCatalog } from './catalog.ts';
import { type Context, control } from './context.ts';
import { folded, literal, qualified } from './dialect.ts';
import { refused } from './errors.ts';
import type { Found } from './found.ts';
import { grantStatements, ownerStatement } from './grants.ts';
import { rulesIn } from './tags.ts';
import { createView, readView } from './text/view.ts';
import { leftOut } from './text/view-guards.ts';

type Define = Extract<Change, { do: 'define' }>;

/** With the rights that it had, and those of the view that it is made from. */
export function define(
  ctx: Context,
  { view, sql, like }: Define,
  before: Found | null,
  { board, role }: { readonly board: ReadonlyMap<string, Found>; readonly role: string },
): readonly string[] {
  const idle = (like && board.get(nameKey(like))) ?? null;
  const wanted = idle?.protection?.grants.map(({ what }) => what);
  const thing = { relation: view, kind: 'view' };
  const owner = before?.protection?.owner ?? '';
  refuseUnprotected(view, sql, [before, idle]);
  return [
    createView(view, sql),
    // Known by its text until then.
    ...(before?.recorded ? [forgetResting(ctx, view)] : []),
    ...(wanted ? grantStatements(thing, before?.protection ?? null, wanted) : []),
    ...(owner === '' || folded(owner) === role ? [] : [ownerStatement(thing, folded(owner))]),
  ];
}

/** What rested as a text becomes a view again, where nothing has its name, with the rights that it had. */
export function lay(ctx: Context, found: Found, to: Relation, role: string): readonly string[] {
  const { definition, protection, relation: from } = found;
  if (definition === null)
    throw refused(`the text of ${qualified(from)} cannot be read`, { relation: qualified(from) });
  const thing = { relation: to, kind: 'view' };
  const owner = folded(protection?.owner ?? '');
  refuseUnprotected(to, definition, [found]);
  return [
    createView(to, definition),
    forgetResting(ctx, from),
    ...grantStatements(
      thing,
      null,
      (protection?.grants ?? []).map(({ what }) => what),
    ),
    ...(owner === '' || owner === role ? [] : [ownerStatement(thing, owner)]),
  ];
}

/** A view that is made anew has the policies and tags that its text says, and no others. */
function refuseUnprotected(view: Relation, sql: string, like: readonly (Found | null)[]): void {
  const text = readView(sql);
  if (text === 'unreadable') return;
  const lost = new Set(like.flatMap((one) => (one ? rulesIn(leftOut(text, one), one.home) : [])));
  if (lost.size > 0)
    throw refused(`${qualified(view)} would be without ${[...lost].join(', ')}, which its text does not say`, {
      relation: qualified(view),
    });
}

/** The rules of a view that it has when it is made from its text again. */
function rulesSaid({ protection, policies, tags, home }: Found, sql: string): readonly string[] {
  const text = readView(sql);
  if (text === 'unreadable') return [];
  const lost = new Set(rulesIn(leftOut(text, { policies, tags }), home));
  return (protection?.rules ?? []).filter((rule) => !lost.has(rule));
}

export const forgetResting = (ctx: Context, { schema, identifier: name }: Relation): string =>
  `delete from ${control(ctx, 'RESTING')} where SCHEMA_NAME = ${literal(schema)} and NAME = ${literal(name)}`;

/** A view that rests is known by its text: it would read what lies beside it (documentation, "MERGE", "DROP VIEW"). */
export function record(
  ctx: Context,
  { view, sql }: Define,
  before: Found | null,
  { catalog, plan }: { readonly catalog: SnowflakeCatalog; readonly plan: CutoverPlan },
): readonly string[] {
  const live = plan.changes.find(
    (change) =>
      change.do === 'define' &&
      change.was === sql &&
      change.view.identifier === view.identifier &&
      change.view.schema !== view.schema,
  );
  const was = live?.do === 'define' ? catalog.find(live.view) : null;
  const protection = was?.protection ? { ...was.protection, rules: rulesSaid(was, sql) } : null;
  return [
    `merge into ${control(ctx, 'RESTING')} as r using (select ${literal(view.schema)} as SCHEMA_NAME, ${literal(view.identifier)} as NAME, ${literal(sql)} as DEFINITION, ${protection ? literal(JSON.stringify(protection)) : 'null::varchar'} as PROTECTION) as n on r.SCHEMA_NAME = n.SCHEMA_NAME and r.NAME = n.NAME when matched then update set DEFINITION = n.DEFINITION, PROTECTION = n.PROTECTION when not matched then insert (SCHEMA_NAME, NAME, DEFINITION, PROTECTION) values (n.SCHEMA_NAME, n.NAME, n.DEFINITION, n.PROTECTION)`,
    ...(before && !before.recorded ? [`drop view if exists ${qualified(view)}`] : []),
  ];
}
