import { fail } from '../domain/errors.ts';
import { fence as asFence, type Fence, type ReleaseId, releaseOf } from '../domain/ids.ts';
import { observe } from '../domain/observe.ts';
import { displayName } from '../domain/relation.ts';
import { lossesOf, planCutoverBack, protectBack, restingIn } from '../planning/rollback.ts';
import { type Catalog, type KeptSide, WarehouseError } from '../warehouse/port.ts';
import type { Ports } from './ports.ts';
import { failBetween } from './progress.ts';
import { protectReturning } from './protect.ts';
import { retrying, speaking } from './retry.ts';
import type { RolledBack } from './rollback.ts';

/** Numbers that a command without the store passes over, so that the store's next ones are not taken twice. */
const SKIPPED = 100;

export interface BlindOptions {
  readonly to: ReleaseId | null;
  /** `all`: what was written to live since the cutover may be lost. */
  readonly acceptLoss: readonly string[];
}

/**
 * `rollback --without-store`: what the warehouse alone can tell and do. Swap back to a kept side under a number far
 * ahead; the next command with the store writes down what the mark says. Throws NO_WAY_BACK, WOULD_LOSE, INDETERMINATE.
 */
export function rollbackWithoutStore(ports: Ports, o: BlindOptions): Promise<RolledBack> {
  return speaking(async () => {
    const start = ports.clock.elapsedMs();
    const { warehouse, sides } = ports;
    const standing = await retrying(ports, () => warehouse.standing());
    const mark =
      standing.mark ?? fail('NO_WAY_BACK', { asked: o.to ?? 'an earlier release', because: ['nothing is live yet'] });
    const target = o.to ?? (mark.back ? mark.content : mark.previous?.content);
    const asked =
      target ?? fail('NO_WAY_BACK', { asked: 'an earlier release', because: ['nothing was live before it'] });
    if (asked === mark.content)
      return {
        release: null,
        from: null,
        to: asked,
        plan: null,
        atStake: [],
        held: null,
        ms: ports.clock.elapsedMs() - start,
      };
    const kept = await retrying(ports, () => warehouse.kept());
    const side =
      kept.findLast(({ release }) => release === asked) ??
      fail('NO_WAY_BACK', {
        asked,
        because: [`no kept side holds it; there are ${kept.map(({ release }) => release).join(', ') || 'none'}`],
      });
    const written =
      mark.token === null ||
      !(await retrying(ports, () => warehouse.unchanged(sides.live, { fingerprints: [], token: mark.token ?? '' })));
    if (written && !o.acceptLoss.includes('all'))
      fail('WOULD_LOSE', {
        losses: ['live was written to since it was cut over, and without the store it is not known what'],
        flags: '--without-store --accept-loss all',
      });
    const fence = asFence(Math.max(standing.claimed, mark.fence) + SKIPPED);
    await retrying(ports, () => warehouse.claim(fence, null));
    const catalog = await protectBlindly(ports, side, fence);
    const release = releaseOf(fence);
    const cutover = planCutoverBack({
      release,
      content: asked,
      sha: side.sha,
      target: side.containers,
      seal: null,
      live: sides.live,
      catalog,
      moves: null,
      traits: warehouse.traits,
      previous: mark,
      fence,
      lineage: mark.lineage,
      now: ports.clock.now(),
    });
    try {
      await warehouse.cutover(cutover, { fence, seal: null, live: null });
    } catch (error) {
      if (!(error instanceof WarehouseError) || (error.is !== 'unknown' && error.is !== 'down')) throw error;
      const scope = [...sides.live, ...side.containers];
      const after = await retrying(ports, () => warehouse.catalog(scope, { bare: true }));
      const seen = observe(cutover.changes, (name) => after.state(name));
      if (seen.state !== 'done') failBetween(cutover, seen, { because: error.message }, { cause: error });
    }
    return {
      release,
      from: mark.release,
      to: asked,
      plan: null,
      atStake: [],
      held: null,
      ms: ports.clock.elapsedMs() - start,
    };
  });
}

/** Without the store nobody is asked: what live's rights could not be given to is told, and comes back all the same. */
async function protectBlindly(ports: Ports, { containers }: KeptSide, fence: Fence): Promise<Catalog> {
  const read = () => retrying(ports, () => ports.warehouse.catalog([...ports.sides.live, ...containers]));
  const catalog = await read();
  const returning = restingIn(containers, catalog);
  const fills = protectBack(returning, catalog);
  if (fills.length === 0) return catalog;
  await protectReturning(ports, fills, { fence, signal: new AbortController().signal });
  const after = await read();
  for (const { live, lost } of lossesOf(returning, after))
    ports.report({ is: 'note', text: `${displayName(live)} comes back without ${lost.join(', ')}` });
  return after;
}
