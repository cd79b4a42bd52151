import { hash } from 'node:crypto';
import type { Fingerprints, LiveLook } from '../../domain/cutover.ts';
import { type Container, contains, nameKey, type Relation } from '../../domain/relation.ts';
import { tellsOf, tokenOf } from '../token.ts';
import { behindIt, stateOf } from './catalog.ts';
import type { Context } from './context.ts';
import { readRing } from './control.ts';
import { followed, type There } from './pointers.ts';

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
 * Of a view its text, of a function too; of what has rows the object, and when it was written to last (documentation, "REST
 * Resource: tables", lastModifiedTime: also when its description or the like was). A materialized view is written to by itself.
 */
const fingerprintsOf = (found: readonly There[]): Fingerprints =>
  found.map((one) => [one.relation, fingerprintOf(one)]);

function fingerprintOf(one: There): string {
  const state = stateOf(one);
  if (state.is === 'view') return `view ${state.text}`;
  const { kind, object, modified, rows, text } = behindIt(one);
  if (kind === 'table' || kind === 'snapshot' || kind === 'external') return `${object} ${modified} ${rows}`;
  return `${object} ${hash('sha256', text ?? '', 'hex')} ${kind === 'materialized view' ? '' : modified}`.trim();
}
