import type { Protect } from '../../domain/change.ts';
import { WarehouseError } from '../port.ts';
import { untilWritten } from './again.ts';
import { setGuards } from './carry-guards.ts';
import { type BigqueryCatalog, behindIt } from './catalog.ts';
import { type Filling, guardsIn } from './filling.ts';
import type { PolicyTag } from './found.ts';
import { guardsOf } from './protection.ts';
import type { Field } from './resources.ts';
import { getTable, patchTable } from './tables.ts';

/**
 * What will replace `live` gets its grants, its row access policies and its policy tags. What comes back keeps of its own
 * grants only those that are restored.
 */
export async function protect(
  filling: Filling,
  { live, idle, revoked, restored }: Protect,
  catalog: BigqueryCatalog,
): Promise<void> {
  const [was, is] = [catalog.find(live), catalog.find(idle)];
  if (!was || !is) return;
  const [from, to] = [behindIt(was), behindIt(is)];
  const guards = guardsIn(filling, await guardsOf(filling.ctx, from), from, idle.location);
  await setGuards(filling.ctx, to, guards, {
    ...(revoked === undefined ? {} : { revoked }),
    ...(restored === undefined ? {} : { restored }),
    onlyThese: false,
    signal: filling.signal,
  });
  // Only tables have any ("Introduction to column-level access control").
  if (to.kind === 'table') await tagColumns(filling, to.id, from.tags);
}

/** A column that has a tag keeps it, and one that is no more needs none: the gate tells of both. */
async function tagColumns(
  { ctx: { client }, signal }: Filling,
  id: Parameters<typeof getTable>[1],
  tags: readonly PolicyTag[],
): Promise<void> {
  if (tags.length === 0) return;
  await untilWritten(async () => {
    const found = await getTable(client, id);
    if (found === null) throw new WarehouseError('missing', `${id.dataset}.${id.table} is gone`);
    const fields = tagged(found.schema.fields, tags);
    if (fields !== found.schema.fields)
      await patchTable(client, id, { body: { schema: { fields } }, etag: found.etag, signal });
  });
}

/** The same list where nothing is lacking. */
export function tagged(fields: readonly Field[], tags: readonly PolicyTag[], around = ''): readonly Field[] {
  const now = fields.map((field) => {
    const path = `${around}${field.name}`;
    const wanted = tags.filter(({ column }) => column === path).map(({ tag }) => tag);
    const has = field.policyTags?.names ?? [];
    const inner = field.fields && tagged(field.fields, tags, `${path}.`);
    const isAlike = inner === field.fields && (wanted.length === 0 || has.length > 0);
    if (isAlike) return field;
    return {
      ...field,
      ...(inner === undefined ? {} : { fields: inner }),
      ...(wanted.length > 0 && has.length === 0 ? { policyTags: { names: wanted } } : {}),
    };
  });
  return now.every((field, i) => field === fields[i]) ? fields : now;
}
