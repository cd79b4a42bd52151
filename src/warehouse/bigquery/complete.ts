import type { Context } from './context.ts';
import { servingText } from './dialect.ts';
import { forgetGone, goneOf, letIn } from './gone.ts';
import type { TableId } from './places.ts';
import { looksOf, patchOf, tellsAll } from './pointing.ts';
import { getTable, patchTable } from './tables.ts';

/**
 * A view that was made tells what stands behind it tells, and lets in whom that lets in, and whom it let in when it went away
 * last. Repeatable: whoever made it may have been stopped in between. False where it points elsewhere.
 */
export async function completeView(ctx: Context, view: TableId, to: TableId): Promise<boolean> {
  const [made, relation, gone] = await Promise.all([
    getTable(ctx.client, view),
    getTable(ctx.client, to),
    goneOf(ctx, view),
  ]);
  const text = servingText(to);
  if (made?.view?.query !== text || relation === null) return false;
  const looks = looksOf(relation);
  const wanted = { ...looks, labels: { ...gone?.labels, ...looks.labels } };
  if (!tellsAll(made, wanted)) {
    const body = patchOf({ text, now: made, looks: { to: wanted, was: null }, ours: {} });
    await patchTable(ctx.client, view, { body, etag: made.etag });
  }
  await letIn(ctx, view, { relation: to, others: gone === null ? [] : [gone.policy] });
  if (gone !== null) await forgetGone(ctx, view);
  return true;
}
