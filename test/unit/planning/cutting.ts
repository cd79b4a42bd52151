import { expect } from 'vitest';
import type { Change, State } from '../../../src/domain/change.ts';
import type { CutoverPlan, Mark, Seal } from '../../../src/domain/cutover.ts';
import { fence, sha } from '../../../src/domain/ids.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { type Container, nameKey, type Relation } from '../../../src/domain/relation.ts';
import { type CutoverFacts, planCutover } from '../../../src/planning/cutover.ts';
import type { Catalog } from '../../../src/warehouse/port.ts';
import { catalog, fileSides, fileTraits, release } from './world.ts';

/** Cutovers as an engine would carry them out. */

export const [file] = fileSides.live;
export const at = (folder: string): Container => ({ ...file, location: `/data/.shop.lastgreen/${folder}/shop.db` });
export const now = new Date('2026-11-21T10:00:00Z');
export const previous: Mark = {
  lineage: 'abc',
  fence: fence(41),
  release: release('r41'),
  content: release('r41'),
  sha: sha('a'.repeat(40)),
  back: false,
  previous: null,
  token: 'old',
  at: now.toISOString(),
};
export const sealAt = (...sides: readonly Container[]): Seal => ({
  release: release('r42'),
  fence: fence(42),
  sides,
  fingerprints: [],
  token: 'sealed',
});

export const cut = (plan: Plan, o: Partial<CutoverFacts> & Pick<CutoverFacts, 'catalog'>): CutoverPlan =>
  planCutover({
    plan,
    release: release('r42'),
    content: release('r42'),
    seal: sealAt(at('r42')),
    traits: fileTraits,
    previous,
    fence: fence(42),
    lineage: 'abc',
    back: false,
    now,
    ...o,
  });

/** What is under each name, as a catalog. */
export function asCatalog(
  states: ReadonlyMap<string, State>,
  isView: (relation: Relation) => boolean = () => false,
): Catalog {
  const held = [...states].flatMap(([key, state]) => {
    // Keys of relations are made by nameKey from exactly these.
    const [location, database, schema, identifier] = JSON.parse(key) as [string, string, string, string];
    return state.is === 'object' ? [[{ location, database, schema, identifier }, state.id] as const] : [];
  });
  const names = held.map(([relation]) => relation);
  return catalog({ tables: names.filter((one) => !isView(one)), views: names.filter(isView), ids: held });
}

/** Names and what is under them, as an engine carries the changes out. */
export const carry = (to: Map<string, State>, changes: readonly Change[]): Map<string, State> => {
  const next = new Map(to);
  for (const change of changes) for (const [name, state] of change.after) next.set(nameKey(name), state);
  return next;
};
export const statesOf = (there: Catalog): Map<string, State> =>
  new Map(there.relations.map(({ relation }) => [nameKey(relation), there.state(relation)]));

export const moved = (message: string) =>
  expect.objectContaining({ code: 'PLAN_MOVED', message: expect.stringContaining(message) });
