import type { CutoverPlan, Mark, Seal } from '../../../src/domain/cutover.ts';
import { fence, releaseOf, sha } from '../../../src/domain/ids.ts';
import { observe } from '../../../src/domain/observe.ts';
import { type Container, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { repoint } from '../../../src/planning/strategies/repoint.ts';
import { adopt } from '../../../src/warehouse/bigquery/adopt.ts';
import { type BigqueryCatalog, readCatalog } from '../../../src/warehouse/bigquery/catalog.ts';
import { claim } from '../../../src/warehouse/bigquery/claim.ts';
import { contextOf } from '../../../src/warehouse/bigquery/connect.ts';
import type { Context } from '../../../src/warehouse/bigquery/context.ts';
import { beginFill } from '../../../src/warehouse/bigquery/control.ts';
import { cutOver, type Eyes, type Guard } from '../../../src/warehouse/bigquery/cutover.ts';
import { look } from '../../../src/warehouse/bigquery/look.ts';
import { sideContainer } from '../../../src/warehouse/bigquery/places.ts';
import { seal } from '../../../src/warehouse/bigquery/seal.ts';
import type { Shown } from '../../../src/warehouse/port.ts';
import { type Client, connectionOf, openClient } from '../../warehouses/bigquery/client.ts';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';

/** An environment of its own on a server: datasets of its name, and three slots. */
export interface World {
  readonly serving: string;
  /** The owner of all, who knows nothing of lastgreen. */
  readonly outsider: Client;
  /** Somebody who may use what readers use, and nothing else. */
  readonly reader: Client;
  /** Another process has another context. */
  context(): Context;
  catalog(): Promise<BigqueryCatalog>;
  /** Makes or replaces tables and views of a slot; `{slot}` in a view's text is the slot's dataset. */
  build(slot: Slot, relations: Readonly<Record<string, string>>): Promise<void>;
  /** A release as the engine makes one: claimed, built, sealed and planned. */
  planned(n: number, slot: Slot, o?: { readonly seen?: readonly string[]; readonly back?: boolean }): Promise<Planned>;
  /** What readers use becomes a release. */
  adopted(n: number): Promise<Planned>;
  readonly side: Container;
  cutOver(ctx: Context, planned: Planned, guard?: Partial<Guard>): Promise<Shown>;
  /** What readers get for a name. */
  read(name: string): Promise<unknown>;
}

export type Slot = 'blue' | 'green' | 'grey';

export interface Planned {
  readonly plan: CutoverPlan;
  readonly guard: Guard;
}

const READER = 'reader@shop.test';
let environments = 0;

export async function newWorld(server: BigqueryServer): Promise<World> {
  const serving = `shop${++environments}`;
  const outsider = openClient(server.connection);
  const reader = openClient(connectionOf(server.url, READER));
  const dataset = (name: string): string => `\`${server.project}.${name}\``;
  const slotName = (slot: Slot): string => `${serving}__${slot}`;
  const slots = (['blue', 'green', 'grey'] as const).map(slotName);
  for (const name of [serving, ...slots]) await outsider.ask(`create schema ${dataset(name)}`);
  await outsider.ask(`grant \`roles/bigquery.dataViewer\` on schema ${dataset(serving)} to 'user:${READER}'`);
  const context = (): Context =>
    contextOf({ output: { ...server.profile, dataset: serving }, slots, patience: { drainMs: 200 } });
  const ctx = context();
  const side = (location: string): Container => sideContainer(ctx.places, location);
  const eyes: Eyes = {
    catalog: (scope, o) => readCatalog(ctx, scope, o),
    look: (scope, relations) => look(ctx, scope, relations),
  };
  /** `back`: without a seal, as what rests or was adopted is cut over. */
  const plannedTo = async (
    sealed: Seal,
    { seen, back = false }: { readonly seen?: readonly string[] | undefined; readonly back?: boolean },
  ): Promise<Planned> => {
    const { release, fence: of } = sealed;
    const found = await catalog();
    const keys = seen && new Set(seen.map((name) => nameKey(at(serving, name, server.project))));
    const pair = { live: side(serving), to: sealed.sides[0] ?? null };
    const { changes, visible, kept } = repoint([pair], { catalog: found, seen: keys, leaves: null });
    const mark: Mark = {
      lineage: 'store',
      fence: of,
      release,
      content: release,
      sha: sha(`sha-${of}`),
      back,
      previous: null,
      token: null,
      at: '2026-01-01T00:00:00.000Z',
    };
    return {
      plan: { release, changes, visible, mark, kept },
      guard: { fence: of, seal: back ? null : sealed, live: null },
    };
  };
  const catalog = (): Promise<BigqueryCatalog> => readCatalog(ctx, [side(serving), ...slots.map(side)]);
  return {
    serving,
    outsider,
    reader,
    context,
    catalog,
    async build(slot, relations) {
      for (const [name, sql] of Object.entries(relations)) {
        const text = sql.replaceAll('{slot}', slotName(slot));
        const word = text.includes(slotName(slot)) ? 'view' : 'table';
        await outsider.ask(`create or replace ${word} \`${server.project}.${slotName(slot)}.${name}\` as ${text}`);
      }
    },
    async planned(n, slot, { seen, back = false } = {}) {
      await claim(ctx, fence(n));
      const sides = [side(slotName(slot))];
      if (!back) await beginFill(ctx, slotName(slot), fence(n));
      const sealed = await seal(ctx, { release: releaseOf(fence(n)), sides, fence: fence(n) }, (scope) =>
        look(ctx, scope),
      );
      return plannedTo(sealed, { seen, back });
    },
    side: side(serving),
    async adopted(n) {
      await claim(ctx, fence(n));
      const o = { release: releaseOf(fence(n)), live: [side(serving)], fence: fence(n), relations: null };
      return plannedTo(await adopt(ctx, o, eyes), { back: true });
    },
    cutOver: (on, { plan, guard }, other = {}) => cutOver(on, eyes, plan, { ...guard, ...other }),
    async read(name) {
      const [row] = await reader.ask(`select * from \`${server.project}.${serving}.${name}\``);
      return row === undefined ? null : { ...row };
    },
  };
}

const at = (serving: string, identifier: string, database: string): Relation => ({
  location: serving,
  database,
  schema: serving,
  identifier,
});

/** How far a cutover has come, as the engine asks. */
export async function progress(world: World, { plan }: Planned): Promise<string> {
  const found = await world.catalog();
  return observe(plan.changes, (name) => found.state(name)).state;
}
