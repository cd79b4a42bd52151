import type { Fill, Protect } from '../../domain/change.ts';
import { displayName, nameKey } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import type { SnowflakeCatalog } from './catalog.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { folded } from './dialect.ts';
import type { Filling } from './fill-containers.ts';
import type { Found } from './found.ts';
import { grantStatements, grantsLike, ownerStatement } from './grants.ts';
import { hiddenPolicies, type Policy, policyStatement, ruleOf } from './policies.ts';
import { createView, definitionOf, type View } from './text/view.ts';
import { policiesLeftOut, withPolicies } from './text/view-policies.ts';

/**
 * Throws `denied` where there is a policy on live that the role may not see: what replaces it would be without. A clone
 * has those of its original, seen or not.
 */
export async function refuseHidden(session: Session, catalog: SnowflakeCatalog, fills: readonly Fill[]): Promise<void> {
  const pairs = fills.flatMap((fill) => {
    if (fill.do !== 'protect') return [];
    const [live, idle] = [catalog.find(fill.live), catalog.find(fill.idle)];
    return live && idle && [live, idle].every(isReadable) ? [{ live: live.relation, idle: idle.relation }] : [];
  });
  const onLive = new Set(
    (
      await hiddenPolicies(
        session,
        pairs.map(({ live }) => live),
      )
    ).map(nameKey),
  );
  const suspects = pairs.filter(({ live }) => onLive.has(nameKey(live)));
  const onIdle = new Set(
    (
      await hiddenPolicies(
        session,
        suspects.map(({ idle }) => idle),
      )
    ).map(nameKey),
  );
  const lost = suspects.filter(({ idle }) => !onIdle.has(nameKey(idle))).map(({ live }) => displayName(live));
  if (lost.length > 0)
    throw new WarehouseError(
      'denied',
      `on ${lost.join(', ')} there is a policy that the role may not see: what replaces it would be without`,
      { on: lost.join(', '), privilege: 'APPLY on the policy' },
    );
}

const isReadable = ({ kind, recorded }: Found): boolean => !recorded && (kind === 'table' || kind === 'view');

/** What will replace `live` gets its owner, its grants and its policies; where a policy takes more, the gate says so. */
export async function protect(
  { ctx, session, kept }: Pick<Filling, 'ctx' | 'session' | 'kept'>,
  { live, idle, revoked, restored }: Protect,
  catalog: SnowflakeCatalog,
): Promise<void> {
  const [was, is] = [catalog.find(live), catalog.find(idle)];
  if (!was || !is) return;
  const isResting = kept.has(ctx.whole ? idle.database : idle.schema);
  const rules = { revoked: revoked ?? [], ...(isResting ? { restored: restored ?? [] } : {}) };
  const wanted = grantsLike(was.protection, is.protection, rules);
  if (is.recorded) return recordRights(ctx, session, { was, is, wanted });
  const made = isResting ? [] : policyStatements(was, is);
  const owner = was.protection?.owner ?? '';
  // A view that is made anew belongs to the role that makes it.
  const changes = owner !== '' && (owner !== is.protection?.owner || (is.view !== null && made.length > 0));
  for (const statement of [
    ...made,
    ...grantStatements(is, is.protection, wanted),
    ...(changes ? [ownerStatement(is, folded(owner))] : []),
  ])
    await session.run(statement);
}

interface Pair {
  readonly was: Found;
  readonly is: Found;
}

/** A view that rests is a text: it keeps its own rules, and has the owner and the grants that it gets when it comes back. */
async function recordRights(
  ctx: Context,
  session: Session,
  { was, is, wanted }: Pair & { readonly wanted: readonly string[] },
): Promise<void> {
  const own = is.protection ?? { owner: '', grants: [], rules: [], keys: [] };
  const protection = {
    ...own,
    owner: was.protection?.owner ?? own.owner,
    grants: wanted.map((what) => ({ what, column: null })),
  };
  await session.run(`update ${control(ctx, 'RESTING')} set PROTECTION = ? where SCHEMA_NAME = ? and NAME = ?`, [
    JSON.stringify(protection),
    is.relation.schema,
    is.relation.identifier,
  ]);
}

/** What `is` lacks of the policies of `was`, and, of a view, of its own: its text alone goes live. */
function policyStatements(was: Found, is: Found): readonly string[] {
  const has = new Set(is.policies.map(ruleOf));
  const lacking = was.policies.filter((policy) => !has.has(ruleOf(policy)) && fits(policy, is));
  if (is.kind === 'table') return lacking.flatMap((policy) => policyStatement(is.relation, policy) ?? []);
  if (!is.view) return [];
  const view: View | null = withPolicies(
    is.view,
    policiesLeftOut(is.view, [...is.policies, ...lacking]),
    is.columns.map(({ name }) => name),
  );
  return view === null || view === is.view ? [] : [createView(is.relation, definitionOf(view))];
}

/** A policy on a column that is no more has nothing to keep from readers; the gate tells of it. */
const fits = ({ column, columns }: Policy, { columns: own }: Found): boolean => {
  const there = new Set(own.map(({ name }) => name));
  return [...columns, ...(column === null ? [] : [column])].every((name) => there.has(name));
};
