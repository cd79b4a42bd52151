import type { Fill, Protect } from '../../domain/change.ts';
import { displayName, nameKey, type Relation } from '../../domain/relation.ts';
import { WarehouseError } from '../port.ts';
import type { SnowflakeCatalog } from './catalog.ts';
import type { Session } from './connect.ts';
import { type Context, control } from './context.ts';
import { folded } from './dialect.ts';
import type { Filling } from './fill-containers.ts';
import type { Found } from './found.ts';
import { grantStatements, grantsLike, ownerStatement } from './grants.ts';
import { type Home, hiddenPolicies, isIn, isInPlaceOf, type Policy, policyIn, policyStatement } from './policies.ts';
import { rulesIn, type Tag, type Tags, tagIn, tagRule, tagStatements, tagsOf } from './tags.ts';
import { createView, definitionOf } from './text/view.ts';
import { type Guards, guardsOf, leftOut, withGuards } from './text/view-guards.ts';

/**
 * Throws `denied` where there is a policy or a tag on live that the role may not see: what replaces it would be without. A clone
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
  const untold = catalog.relations.some(({ tags }) => tags.length > 0)
    ? new Map()
    : await tagsOf(
        session,
        pairs.map(({ live }) => live),
      );
  const lost = pairs
    .filter(({ live, idle }) => (onLive.has(nameKey(live)) && !onIdle.has(nameKey(idle))) || isTagged(untold, live))
    .map(({ live }) => displayName(live));
  if (lost.length > 0)
    throw new WarehouseError(
      'denied',
      `on ${lost.join(', ')} there is a policy or a tag that the role may not see: what replaces it would be without`,
      { on: lost.join(', '), privilege: 'APPLY on the policy or the tag' },
    );
}

/** With a tag that SHOW TAGS does not tell the role of. */
const isTagged = (tags: Tags, relation: Relation): boolean => (tags.get(nameKey(relation)) ?? []).length > 0;

const isReadable = ({ kind, recorded }: Found): boolean => !recorded && (kind === 'table' || kind === 'view');

/** What will replace `live` gets its owner, its grants, its policies and its tags; where a policy takes more, the gate says so. */
export async function protect(
  { ctx, session, kept }: Pick<Filling, 'ctx' | 'session' | 'kept'>,
  { live, idle, revoked, restored }: Protect,
  catalog: SnowflakeCatalog,
): Promise<void> {
  const [was, is] = [catalog.find(live), catalog.find(idle)];
  if (!was || !is) return;
  const isResting = kept.has(ctx.whole ? idle.database : idle.schema);
  const comesBack = isResting || restored !== undefined;
  const rules = { revoked: revoked ?? [], ...(comesBack ? { restored: restored ?? [] } : {}) };
  const wanted = grantsLike(was.protection, is.protection, rules);
  if (is.recorded) return recordRights(ctx, session, { was, is, wanted });
  const made = isResting ? [] : guardStatements(was, is);
  const owner = was.protection?.owner ?? '';
  // A view that is made anew belongs to the role that makes it.
  const changes = owner !== '' && (owner !== is.protection?.owner || (is.view !== null && made.length > 0));
  for (const statement of [
    ...made,
    ...(is.kind === 'table' ? tagStatements(is, lackingTags(was, is)) : []),
    ...grantStatements(is, is.protection, wanted),
    ...(changes ? [ownerStatement(is, folded(owner))] : []),
  ])
    await session.run(statement);
}

interface Pair {
  readonly was: Found;
  readonly is: Found;
}

/**
 * A view that rests is a text: when it comes back it has the owner and the grants that live has by now, and is guarded by
 * what guards live, where its text has a place for that.
 */
async function recordRights(
  ctx: Context,
  session: Session,
  { was, is, wanted }: Pair & { readonly wanted: readonly string[] },
): Promise<void> {
  const own = is.protection ?? { owner: '', grants: [], rules: [], keys: [] };
  const guards = is.view ? leftOut(is.view, was) : { policies: [], tags: [] };
  const view =
    is.view &&
    withGuards(
      is.view,
      guards,
      was.columns.map(({ name }) => name),
    );
  const protection = {
    ...own,
    owner: was.protection?.owner ?? own.owner,
    grants: wanted.map((what) => ({ what, column: null })),
    rules: view ? [...own.rules, ...rulesIn(guards, was.home)].toSorted() : own.rules,
  };
  const update = `update ${control(ctx, 'RESTING')} set PROTECTION = ?, DEFINITION = ? where SCHEMA_NAME = ? and NAME = ?`;
  await session.run(update, [
    JSON.stringify(protection),
    view ? definitionOf(view) : is.definition,
    is.relation.schema,
    is.relation.identifier,
  ]);
}

/**
 * What `is` lacks of the policies and tags of `was`, and, of a view, of its own: its text alone goes live. What lies in the
 * database that is cloned is another one there. Where there is another policy in its place the gate says so.
 */
function guardStatements(was: Found, is: Found): readonly string[] {
  const [from, to] = [was.home, is.home];
  const wanted: Guards<Policy, Tag> = {
    policies: was.policies.map((policy) => policyIn(policy, from, to)).filter((policy) => fits(policy, is)),
    tags: lackingTags(was, is),
  };
  if (is.kind === 'table') return wanted.policies.flatMap((policy) => putOn(is, policy, from));
  if (!is.view) return [];
  const mine = { ...is.view, head: guardsOf(is.view.head, [from], to) };
  const own = { policies: is.policies.map((policy) => policyIn(policy, from, to)), tags: is.tags };
  const free = wanted.policies.filter((policy) => !own.policies.some((other) => isInPlaceOf(other, policy)));
  const view = withGuards(
    mine,
    leftOut(mine, { policies: [...own.policies, ...free], tags: [...own.tags, ...wanted.tags] }),
    is.columns.map(({ name }) => name),
  );
  return view === null || definitionOf(view) === definitionOf(is.view)
    ? []
    : [createView(is.relation, definitionOf(view))];
}

/** `away`: the home whose policies would stay behind with what leaves live. */
function putOn(is: Found, policy: Policy, away: Home): readonly string[] {
  const there = is.policies.find((other) => other.tag === null && isInPlaceOf(other, policy)) ?? null;
  const isElsewhere = there !== null && isIn(there.name, away) && !isIn(policy.name, away);
  if (there && !isElsewhere) return [];
  return [policyStatement(is.relation, policy, there)].flatMap((statement) => statement ?? []);
}

/** A tag that is there has the value that the build gave it. */
const lackingTags = (was: Found, is: Found): readonly Tag[] => {
  const [from, to] = [was.home, is.home];
  const has = new Set(is.tags.map((tag) => tagRule(tag, to)));
  const there = new Set(is.columns.map(({ name }) => name));
  return was.tags
    .map((tag) => tagIn(tag, from, to))
    .filter((tag) => !has.has(tagRule(tag, to)) && (tag.column === null || there.has(tag.column)));
};

/** A policy on a column that is no more has nothing to keep from readers; the gate tells of it. */
const fits = ({ column, columns }: Policy, { columns: own }: Found): boolean => {
  const there = new Set(own.map(({ name }) => name));
  return [...columns, ...(column === null ? [] : [column])].every((name) => there.has(name));
};
