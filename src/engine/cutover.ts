import type { CutoverPlan, LiveLook, Seal } from '../domain/cutover.ts';
import { fail, LastgreenError } from '../domain/errors.ts';
import type { InFlight } from '../domain/head.ts';
import type { Observation } from '../domain/observe.ts';
import { StoreError } from '../store/port.ts';
import { WarehouseError } from '../warehouse/port.ts';
import { claim } from './claim.ts';
import { failBetween, progress, refuseForeign } from './progress.ts';
import { type Measured, recordCut, recordNotCut } from './record.ts';
import { foreseen } from './retry.ts';
import type { Session } from './session.ts';

/** How often an unknown outcome is settled before a person is asked. */
const SETTLE_ATTEMPTS = 3;

export interface Guard {
  readonly seal: Seal | null;
  readonly live: LiveLook | null;
  /** Readers have a part of it already: what is refused from here on did not leave live as it was. */
  readonly partly?: boolean;
}

/** What kind of cutover it is; where it is from comes from the plan. */
export type Flight = Pick<InFlight, 'kind' | 'run'> & Partial<Pick<InFlight, 'reverses'>>;

/** A cutover that did not happen: live is as before. `drifted`: the relations that changed. */
export class NotCut extends Error {
  readonly drifted: boolean;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(cause: WarehouseError) {
    super(cause.message, { cause });
    this.name = 'NotCut';
    this.drifted = cause.is === 'drifted';
    this.detail = cause.detail;
  }
}

/** The relations that changed, where it is known which. */
export const driftedIn = ({ detail }: NotCut): readonly string[] =>
  Array.isArray(detail['relations']) ? detail['relations'].map(String) : ['live'];

/**
 * Changes what readers get, in the order that loses nothing: written down, lease renewed, first visible statement,
 * read back, recorded. A lost answer is settled
 * under a new number.
 * Throws NotCut (live as before, release verified), INDETERMINATE, NOT_RECORDED, LEASE_LOST.
 */
export async function cutOver(
  s: Session,
  first: CutoverPlan,
  { seal, live, partly: isPartly = false }: Guard,
  flight: Flight,
): Promise<Measured> {
  let cutover = first;
  const begun = s.ports.clock.elapsedMs();
  /** Since when readers may have had a part of it. */
  let partly: number | null = null;
  const measured = (windowMs: number | null): Measured => ({ windowMs, ms: s.ports.clock.elapsedMs() - begun });
  for (let attempt = 1; ; attempt++) {
    await announce(s, cutover, flight);
    const sent = s.ports.clock.elapsedMs();
    try {
      const { windowMs } = await s.ports.warehouse.cutover(cutover, { fence: s.held.fence(), seal, live });
      return await recorded(s, cutover, flight, measured(partly === null ? windowMs : windowSince(s, partly)));
    } catch (error) {
      if (!(error instanceof WarehouseError)) throw error;
      const after = await settle(s, cutover, error, isPartly || partly !== null);
      refuseForeign(cutover, after);
      if (after.state === 'done') return recorded(s, cutover, flight, measured(windowSince(s, partly ?? sent)));
      if (after.state === 'not-started' && !isUnknown(error)) {
        await giveUp(s, error.message);
        throw new NotCut(error);
      }
      if (attempt === SETTLE_ATTEMPTS) await stuck(s, cutover, after, error);
      if (after.state === 'partly') partly ??= sent;
      cutover = { ...cutover, mark: { ...cutover.mark, fence: s.held.fence() } };
    }
  }
}

const isUnknown = (error: WarehouseError): boolean => error.is === 'unknown' || error.is === 'down';

/** Where nobody measured it, as long as it can have been: what happens at once has no window, and never a mix. */
const windowSince = (s: Session, sent: number): number =>
  s.ports.warehouse.traits.cutover === 'atomic' ? 0 : s.ports.clock.elapsedMs() - sent;

/** Everything that a stranger needs to finish or reverse it is durable before readers can see any of it. */
async function announce(s: Session, cutover: CutoverPlan, { kind, run, reverses = null }: Flight): Promise<void> {
  const { release } = cutover;
  s.held.assert();
  await s.records.putCutover(cutover.mark.fence, cutover);
  // In flight first: a release that is cutting can always be found by whoever comes next.
  await s.held.update(() => ({ inFlight: { release, fence: cutover.mark.fence, kind, run, reverses } }));
  if (kind !== 'refresh') await s.append({ is: 'cutting', release, back: kind === 'rollback' });
  s.held.assert();
}

/** What a failed send left behind. A known refusal changed nothing more; anything else is claimed anew and observed. */
async function settle(
  s: Session,
  cutover: CutoverPlan,
  error: WarehouseError,
  isPartly: boolean,
): Promise<Observation> {
  if (error.is === 'fenced') throw foreseen(error);
  if (!isUnknown(error) && !isPartly) return { state: 'not-started', todo: cutover.changes, done: [], foreign: [] };
  try {
    s.held.assertOwned();
    await s.held.refence();
    const mark = await claim(s.ports, s.held, cutover);
    return await progress(s.ports, cutover, mark);
  } catch (failure) {
    if (failure instanceof LastgreenError) throw failure;
    const of = cutover.changes.length;
    return fail(
      'INDETERMINATE',
      { release: cutover.release, done: 0, of, because: `${error.message}; it could not be read back` },
      { cause: failure },
    );
  }
}

async function giveUp(s: Session, because: string): Promise<void> {
  const flight = s.held.head().inFlight;
  if (flight) await recordNotCut(s, flight, because);
}

/** Nothing changed: verified still. A part changed: a person's command goes on from here. */
async function stuck(s: Session, cutover: CutoverPlan, after: Observation, error: WarehouseError): Promise<never> {
  if (after.state === 'not-started') {
    await giveUp(s, error.message);
    throw foreseen(error);
  }
  return failBetween(cutover, after, { because: error.message }, { cause: error });
}

/** After the first visible statement a store failure stops nothing: it is tried until the lease would be over. */
async function recorded(s: Session, cutover: CutoverPlan, flight: Flight, measured: Measured): Promise<Measured> {
  const { release, mark } = cutover;
  const until = s.ports.clock.elapsedMs() + s.ports.settings.lease.ttlMs;
  for (;;) {
    try {
      await recordCut(s, cutover, { release, fence: mark.fence, reverses: null, ...flight }, measured);
      await s.remark();
      return measured;
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      if (!(error instanceof StoreError) || s.ports.clock.elapsedMs() > until)
        fail('NOT_RECORDED', { release, because }, { cause: error });
      await s.ports.clock.sleep(2_000);
    }
  }
}
