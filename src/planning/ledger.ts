import type { Seal } from '../domain/cutover.ts';
import type { NodeId, ReleaseId } from '../domain/ids.ts';
import type { Ledger, LedgerEntry } from '../domain/ledger.ts';
import type { Plan } from '../domain/plan.ts';
import { nameKey, type Relation } from '../domain/relation.ts';
import { isSource, place } from './names.ts';

export interface LedgerFacts {
  /** Of the content that is live now. */
  readonly plan: Plan;
  readonly release: ReleaseId;
  readonly content: ReleaseId;
  /** Who produced the rows of what was built: `r42`, `run 43`. */
  readonly producer: string;
  /** Of what was cut over; null when nothing was sealed. */
  readonly seal: Seal | null;
  readonly before: Ledger | null;
  /** What was built, when that is not what the plan lists: a refresh of some nodes. */
  readonly built?: readonly NodeId[];
}

/** What stands behind each live name after a cutover. Sources are not in it: no release owns them. */
export function ledgerAfter(facts: LedgerFacts): Ledger {
  const { plan, release, content, before } = facts;
  const known = new Map(before?.entries.map((entry) => [nameKey(entry.relation), entry]));
  const fingerprints = sealedFingerprints(facts);
  const nodes = standing(plan);
  const built = new Set(
    facts.built ?? (isRun(facts) ? nodes.map((node) => node.id) : plan.nodes.map((node) => node.id)),
  );
  const entries = nodes.map(({ id, live, kind }): LedgerEntry => {
    const key = nameKey(live);
    const old = known.get(key);
    const definition = plan.definitions[id] ?? '';
    const unchanged = old?.definition === definition;
    // A rollback builds nothing: what the release before it had not changed keeps its producer.
    const isBuilt = content === release || isRun(facts) ? built.has(id) : !unchanged;
    const producedBy = isBuilt
      ? content === release || isRun(facts)
        ? facts.producer
        : content
      : (old?.producedBy ?? content);
    const stale = isRun(facts) && isBuilt ? '' : (old?.fingerprint ?? '');
    return {
      node: id,
      relation: live,
      kind: kind ?? old?.kind ?? 'table',
      producedBy,
      definition,
      fingerprint: fingerprints.get(key) ?? stale,
    };
  });
  return { schema: 'lastgreen/ledger/1', release, content, entries };
}

const isRun = ({ producer }: LedgerFacts): boolean => producer.startsWith('run ');

/** Everything under live names that releases own. */
function standing(
  plan: Plan,
): readonly { readonly id: NodeId; readonly live: Relation; readonly kind: string | null }[] {
  const built = plan.nodes.flatMap(({ id, live, materialized }) => (live ? [{ id, live, kind: materialized }] : []));
  const rest = [...plan.carried, ...plan.deferred].map(({ id, live }) => ({ id, live, kind: null }));
  return [...built, ...rest.filter(({ id }) => !isSource(id))];
}

/** The sealed fingerprints under the live names; a seal of another cutover says nothing about this one. */
function sealedFingerprints({ plan, release, seal, producer }: LedgerFacts): ReadonlyMap<string, string> {
  if (seal === null || seal.release !== release || producer.startsWith('run ')) return new Map();
  const sealed = new Map(seal.fingerprints.map(([relation, fingerprint]) => [nameKey(relation), fingerprint]));
  const pairs = [...plan.nodes, ...plan.carried].flatMap(({ live, idle }) => {
    const found = idle && live && sealed.get(nameKey(place(idle, plan.idle, seal.sides)));
    return live && found !== null && found !== undefined ? [[nameKey(live), found] as const] : [];
  });
  return new Map(pairs);
}
