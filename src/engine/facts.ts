import type { Mark } from '../domain/cutover.ts';
import { fail } from '../domain/errors.ts';
import type { NodeId, ReleaseId, Sha } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Plan } from '../domain/plan.ts';
import { homed, nameKey, type Relation } from '../domain/relation.ts';
import type { GateFacts } from '../gates/gate.ts';
import { expectAll, gates, refuseUnaskable } from '../gates/registry.ts';
import type { Checkout } from '../git/port.ts';
import { keepsHistory } from '../planning/history.ts';
import type { SideOf } from '../planning/names.ts';
import { makePlan, type PlanFacts } from '../planning/plan.ts';
import type { Catalog } from '../warehouse/port.ts';
import { readRecorded } from './artifacts.ts';
import { withBill } from './bill.ts';
import { ensureHead } from './head.ts';
import { phase } from './phase.ts';
import type { Ports } from './ports.ts';
import { records } from './records.ts';
import { retrying, speaking } from './retry.ts';
import { refuseUnadopted } from './unadopted.ts';
import { refuseMoved } from './unmoved.ts';
import type { Manifests, Work } from './work.ts';

export interface PlanOptions {
  /** dbt selector of nodes to build although they did not change; null: none. */
  readonly select: string | null;
  readonly allowNonFf: boolean;
  readonly signal: AbortSignal;
}

/** What `plan --out` writes and `deploy --plan` reads: nothing of it needs dbt again. */
export interface SavedPlan {
  readonly plan: Plan;
  readonly manifests: { readonly live: Uint8Array; readonly idle: Uint8Array };
}

export interface WorkOptions extends PlanOptions {
  readonly mark: Mark | null;
  readonly hmacKey: string;
  readonly saved: SavedPlan | null;
  readonly command: string;
}

/** `lastgreen plan`: what a deploy would do now. Takes no lease and changes nothing. */
export function plan(ports: Ports, o: PlanOptions): Promise<SavedPlan & { readonly warnings: readonly string[] }> {
  return speaking(async () => {
    const head = await ensureHead(ports);
    const { mark } = await retrying(ports, () => ports.warehouse.standing(), o.signal);
    if (mark && mark.lineage !== head.lineage) fail('LINEAGE_FOREIGN', { mark: mark.lineage, store: head.lineage });
    const work = await planWork(ports, { ...o, mark, hmacKey: head.hmacKey, saved: null, command: 'plan' });
    await work.checkout[Symbol.asyncDispose]();
    return { plan: work.plan, manifests: work.manifests.raw, warnings: work.plan.warnings };
  });
}

/** The work tree's commit as a release: guarded, parsed for both sides, compared with what is live. */
export async function planWork(ports: Ports, o: WorkOptions): Promise<Work> {
  const checkout = await ports.git.head();
  if (checkout.dirty.length > 0) fail('DIRTY_TREE', { files: checkout.dirty });
  if (o.mark && !o.allowNonFf && !(await ports.git.descends(checkout.sha, o.mark.sha)))
    fail('NOT_FAST_FORWARD', { sha: checkout.sha, live: o.mark.sha });
  await refuseUnadopted(ports, o.mark, o.signal);
  const work = await phase(ports, 'plan', o.mark ? `against ${liveText(o.mark)}` : 'first release', () =>
    o.saved ? fromSaved(ports, checkout, o, o.saved) : planCheckout(ports, checkout, { ...o, kind: 'deploy' }),
  );
  await refuseMoved(checkout);
  return work;
}

/** `r3`, or `r3 (live as r8)` after a rollback. */
const liveText = ({ release, content }: Mark): string =>
  release === content ? content : `${content} (live as ${release})`;

export interface CheckoutOptions extends Omit<WorkOptions, 'saved' | 'allowNonFf'> {
  readonly kind: 'deploy' | 'refresh';
}

/** One start of dbt for each side, at once; the live side's also compares with what is live. */
export async function planCheckout(ports: Ports, checkout: Checkout, o: CheckoutOptions): Promise<Work> {
  const base = o.mark && (await baselineOf(ports, o.mark));
  const [live, idle, catalog] = await Promise.all([
    base || o.select
      ? ports.dbt.list(checkout, 'live', {
          select: selectorOf(o.select, base !== null),
          strict: true,
          state: base?.raw ?? null,
          signal: o.signal,
        })
      : ports.dbt
          .parse(checkout, 'live', o.signal)
          .then((parsed) => ({ ...parsed, selected: [] as readonly NodeId[] })),
    ports.dbt.parse(checkout, 'idle', o.signal),
    readAhead(ports),
  ]);
  const manifests: Manifests = {
    raw: { live: live.raw, idle: idle.raw },
    live: live.manifest,
    idle: idle.manifest,
    baseline: base?.manifest ?? null,
  };
  const facts = await gather(ports, { checkout, manifests, base, selected: live.selected, catalog, ...o });
  const plan = await withBill(ports, checkout, manifests, makePlan(facts), o.signal);
  if (plan.kind !== 'no-op') refuseUnaskable(gates, gateFacts(ports, manifests, plan));
  return { plan, manifests, checkout, kind: o.kind, command: o.command };
}

/**
 * dbt takes longer than a look at live, and changes nothing of it. null: it failed, which is told by the read that comes
 * after dbt.
 */
const readAhead = ({ warehouse, sides }: Ports): Promise<Catalog | null> =>
  warehouse.catalog(sides.live).catch(() => null);

/** What dbt calls modified, and what a person asked for. */
const selectorOf = (asked: string | null, compares: boolean): string =>
  [compares ? 'state:modified+' : '', asked ?? ''].join(' ').trim();

export interface Baseline {
  readonly release: ReleaseId;
  readonly content: ReleaseId;
  readonly sha: Sha;
  readonly raw: Uint8Array;
  readonly manifest: Manifest;
  readonly plan: Plan;
}

/** Throws STORE_CORRUPT when the release that the mark says is live left no manifest: nothing can be compared then. */
export async function baselineOf(ports: Ports, { release, content, sha }: Mark): Promise<Baseline> {
  const store = records(ports);
  const raw = await store.artifact(content, 'manifest.json');
  const made = await store.plan(content);
  if (!raw || !made)
    fail('STORE_CORRUPT', {
      key: `releases/${content}`,
      message: 'the plan or the manifest of what is live is missing',
    });
  return { release, content, sha, raw, manifest: readRecorded(ports, content, raw), plan: made };
}

interface Gathering extends CheckoutOptions {
  readonly checkout: Checkout;
  readonly manifests: Manifests;
  readonly base: Baseline | null;
  readonly selected: readonly NodeId[];
  /** Of live; null: it has to be read yet. */
  readonly catalog: Catalog | null;
}

/** Everything that planning asks for and cannot read itself. */
export async function gather(ports: Ports, g: Gathering): Promise<PlanFacts> {
  const { settings, warehouse, sides } = ports;
  const head = await ensureHead(ports);
  const { checkout, manifests, base } = g;
  return {
    environment: settings.environment,
    kind: g.kind,
    sha: checkout.sha,
    subject: checkout.subject,
    manifests,
    baseline: base,
    selectedByDbt: g.selected,
    asked: g.select !== null,
    inputs: await ports.dbt.inputs(checkout, manifests.live, g.hmacKey),
    catalog: g.catalog ?? (await retrying(ports, () => warehouse.catalog(sides.live), g.signal)),
    ledger: head.ledger ? await records(ports).ledger(head.ledger) : null,
    isReleased: g.mark !== null,
    sides,
    locate: locating(ports),
    settings,
    traits: warehouse.traits,
    excluded: await excluded(ports, g),
    bytes: await sizes(ports, g),
    expect: (made) => expectAll(gates, gateFacts(ports, manifests, made)),
  };
}

const gateFacts = ({ settings }: Ports, { live, idle, baseline }: Manifests, plan: GateFacts['plan']): GateFacts => ({
  plan,
  settings,
  manifest: idle,
  liveManifest: live,
  baseline,
  direction: 'forward',
});

/** Relations of the side's own database lie where the side lies; others, such as attached files, where dbt says. */
export const locating =
  ({ sides }: Ports): ((relation: Relation, side: SideOf) => Relation) =>
  (relation, side) =>
    homed(relation, sides[side]);

/** Of what is live and keeps its history, only where a limit is set. */
async function sizes(ports: Ports, { base }: Gathering): Promise<ReadonlyMap<NodeId, number>> {
  if (ports.settings.build.maxBytes === null || !base) return new Map();
  const locate = locating(ports);
  const kept = [...base.manifest.nodes.values()].flatMap((node) =>
    node.relation && keepsHistory(node) ? [{ id: node.id, live: locate(node.relation, 'live') }] : [],
  );
  const found = await retrying(ports, () => ports.warehouse.sizes(kept.map(({ live }) => live)));
  const bytes = new Map(found.map(([relation, size]) => [nameKey(relation), size]));
  return new Map(
    kept.flatMap(({ id, live }) => {
      const size = bytes.get(nameKey(live));
      return size === undefined ? [] : [[id, size] as const];
    }),
  );
}

/** A start of dbt of its own, only where the config asks for it. */
async function excluded(ports: Ports, g: Gathering): Promise<ReadonlySet<NodeId>> {
  const selector = ports.settings.build.fullRefreshExcept;
  if (selector === null) return new Set();
  const { selected } = await ports.dbt.list(g.checkout, 'live', { select: selector, state: null, signal: g.signal });
  return new Set(selected);
}

/** The plan as it was saved, or PLAN_MOVED. */
async function fromSaved(ports: Ports, checkout: Checkout, o: WorkOptions, saved: SavedPlan): Promise<Work> {
  const { plan: made } = saved;
  const moved = (what: string): never => fail('PLAN_MOVED', { what });
  if (made.environment !== ports.settings.environment) moved(`it is for ${made.environment}`);
  if (made.sha !== checkout.sha)
    moved(`it is for commit ${made.sha.slice(0, 8)}, and the work tree is at ${checkout.sha.slice(0, 8)}`);
  if (made.baseline?.release !== o.mark?.release)
    moved(`it was made against ${made.baseline?.release ?? 'nothing'}, and ${o.mark?.release ?? 'nothing'} is live`);
  const taking = made.idle.filter((one) => !ports.sides.idle.some((side) => side.location === one.location));
  if (made.kind !== 'no-op' && taking.length > 0)
    moved(`it builds in ${taking.map(({ location }) => location).join(', ')}, whose turn it is not`);
  const base = o.mark && (await baselineOf(ports, o.mark));
  const manifests: Manifests = {
    raw: saved.manifests,
    live: ports.dbt.read(saved.manifests.live),
    idle: ports.dbt.read(saved.manifests.idle),
    baseline: base?.manifest ?? null,
  };
  const inputs = await ports.dbt.inputs(checkout, manifests.live, o.hmacKey);
  const differs = (['vars', 'env'] as const).flatMap((kind) =>
    Object.keys({ ...inputs[kind], ...made.inputs[kind] }).filter(
      (name) => inputs[kind][name] !== made.inputs[kind][name],
    ),
  );
  if (differs.length > 0) moved(`the values of ${differs.join(', ')} are others now`);
  if (inputs.packages !== made.inputs.packages) moved('the package lock is another now');
  return { plan: made, manifests, checkout, kind: 'deploy', command: o.command };
}
