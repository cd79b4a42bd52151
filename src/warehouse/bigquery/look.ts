import { hash } from 'node:crypto';
import type { Fingerprints, LiveLook } from '../../domain/cutover.ts';
import { type Container, contains, nameKey, type Relation } from '../../domain/relation.ts';
import { tellsOf, tokenOf } from '../token.ts';
import { behindIt } from './catalog.ts';
import type { Context } from './context.ts';
import { readRing } from './control.ts';
import type { Found } from './found.ts';
import type { Places } from './places.ts';
import { followed, type There } from './pointers.ts';
import { textFor } from './slot-text.ts';

/** What is in each relation of some containers; nothing is read of the tables themselves. */
export async function look(
  ctx: Context,
  scope: readonly Container[],
  relations?: readonly Relation[],
): Promise<LiveLook> {
  const { live } = await readRing(ctx);
  const { found } = await followed(ctx, scope, { bare: true, live });
  const asked = relations && new Set(relations.map(nameKey));
  const fingerprints = fingerprintsOf(
    ctx.places,
    found.filter(
      ({ relation }) =>
        scope.some((container) => contains(container, relation)) && (asked?.has(nameKey(relation)) ?? true),
    ),
  );
  return { fingerprints, token: tokenOf(fingerprints) };
}

/** As cheap as a look: the engine tells of all relations at once. */
export const unchanged = async (ctx: Context, scope: readonly Container[], { token }: LiveLook): Promise<boolean> =>
  tellsOf(token, (await look(ctx, scope)).fingerprints);

/**
 * Of a view what it says, whatever its slot is called, of a function too; of what has rows the object, and when it was written
 * to last (documentation, "REST Resource: tables", lastModifiedTime: also when its description or the like was). A materialized
 * view is written to by itself.
 */
const fingerprintsOf = (places: Places, found: readonly There[]): Fingerprints =>
  found.map((one) => [one.relation, fingerprintOf(places, behindIt(one))]);

function fingerprintOf(places: Places, { kind, object, modified, rows, text, relation }: Found): string {
  if (['table', 'snapshot', 'external'].includes(kind)) return `${object} ${modified} ${rows}`;
  const said = text && (textFor(places, text, relation.location, places.serving) ?? text);
  return `${kind.replace(' ', '-')} ${hash('sha256', said ?? '', 'hex')}`;
}
