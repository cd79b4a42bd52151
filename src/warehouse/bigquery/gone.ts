import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Context } from './context.ts';
import { dropDocuments, putDocument, readDocuments } from './documents.ts';
import type { TableId } from './places.ts';
import { type IamPolicy, iamPolicy, type TableResource } from './resources.ts';
import { getPolicy, setPolicy } from './tables.ts';

const nameOf = ({ dataset, table }: TableId): string =>
  `gone_${hash('sha256', JSON.stringify([dataset, table]), 'hex').slice(0, 24)}`;

const record = z.object({ labels: z.record(z.string(), z.string()), description: z.string(), policy: iamPolicy });

/** What a view that goes away had of its own, which the engine forgets with it. */
export interface Gone {
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
  readonly policy: IamPolicy;
}

/** Keeps it for the way back, before the view goes away. */
export async function keepGone(ctx: Context, id: TableId, { labels, description }: TableResource): Promise<void> {
  const policy = await getPolicy(ctx.client, id);
  // One from an earlier time is not what it had last.
  await forgetGone(ctx, id);
  await putDocument(ctx, nameOf(id), { labels, description, policy });
}

/** null: it never went away. */
export async function goneOf(ctx: Context, id: TableId): Promise<Gone | null> {
  const value = (await readDocuments(ctx, nameOf(id))).get(nameOf(id));
  return value === undefined ? null : record.parse(value);
}

export const forgetGone = (ctx: Context, id: TableId): Promise<void> =>
  dropDocuments(ctx, (name) => name === nameOf(id));

/** Who may do something by one of the policies, by role; null: nobody beyond what `now` lets do. */
export function withBindings(now: IamPolicy, others: readonly IamPolicy[]): IamPolicy | null {
  const bindings = now.bindings.map((binding) => ({ ...binding, members: [...binding.members] }));
  let more = false;
  for (const { role, members, condition } of others.flatMap((other) => other.bindings)) {
    const found = bindings.find(
      (one) => one.role === role && JSON.stringify(one.condition) === JSON.stringify(condition),
    );
    const missing = members.filter((member) => !found?.members.includes(member));
    if (missing.length === 0) continue;
    more = true;
    if (found) found.members.push(...missing);
    else bindings.push({ role, members: [...members], ...(condition === undefined ? {} : { condition }) });
  }
  return more ? { ...now, bindings } : null;
}

/** Lets at least those use a view that its relation lets, and those of `others`. */
export async function letIn(
  ctx: Context,
  view: TableId,
  o: { readonly relation: TableId; readonly others?: readonly IamPolicy[] },
): Promise<void> {
  const [now, of] = await Promise.all([getPolicy(ctx.client, view), getPolicy(ctx.client, o.relation)]);
  const wanted = withBindings(now, [of, ...(o.others ?? [])]);
  if (wanted !== null) await setPolicy(ctx.client, view, wanted);
}
