import type { Change } from '../../domain/change.ts';
import type { CutoverPlan } from '../../domain/cutover.ts';
import { sameName } from '../../domain/relation.ts';
import { type Adopted, isAsAdopted } from './adopted.ts';
import { pointedTo, servingText } from './dialect.ts';
import { refused } from './errors.ts';
import { type Places, placeOf, sideOf, type TableId, tableId } from './places.ts';
import type { Field, TableResource } from './resources.ts';

export type Repoint = Extract<Change, { do: 'repoint' }>;

/** A serving view carries the number of who changed it last, and whose content it shows. */
export const FENCE_LABEL = 'lastgreen_fence';
export const RELEASE_LABEL = 'lastgreen_release';

/** What of a slot a view's text points to; null: it is none of ours, or no view. */
export function slotTarget(places: Places, text: string | undefined): TableId | null {
  const to = text === undefined ? null : pointedTo(text);
  return to !== null && sideOf(places, placeOf(places, to.dataset).location) === 'slot' ? to : null;
}

/** All that a cutover here consists of. Throws `refused` for anything else. */
export function repointsOf({ serving, slots }: Places, { changes }: CutoverPlan): readonly Repoint[] {
  return changes.map((change) => {
    if (change.do !== 'repoint') throw refused('a cutover here changes where the views of readers point to');
    const isPlaced =
      change.name.location === serving &&
      [change.to, change.was].every((to) => to === null || slots.includes(to.location));
    if (!isPlaced) throw refused(`${change.name.identifier} is no view of ${serving} over a slot`);
    return change;
  });
}

/** The slot that readers have after a cutover; null: no view points anywhere new. Throws `refused` for two. */
export function slotOf(places: Places, repoints: readonly Repoint[]): string | null {
  const slots = new Set(repoints.flatMap(({ to }) => (to === null ? [] : [to.location])));
  if (slots.size > 1) throw refused(`a cutover goes to one slot, and this one to ${[...slots].join(' and ')}`);
  const [slot = null] = slots;
  return slot !== null && sideOf(places, slot) === 'slot' ? slot : null;
}

/** What is to be done about one view, by what is there. `foreign`: somebody else put something else there. */
export type Does = 'nothing' | 'point' | 'create' | 'drop' | 'foreign';

export function doesOf(places: Places, { to, was }: Pick<Repoint, 'to' | 'was'>, found: TableResource | null): Does {
  const textOf = (relation: Repoint['to']): string | null =>
    relation === null ? null : servingText(tableId(places, relation));
  const [wanted, before] = [textOf(to), textOf(was)];
  const text = found === null ? null : (found.view?.query ?? 'no view');
  if (text === wanted) return 'nothing';
  if (text !== before) return 'foreign';
  return text === null ? 'create' : wanted === null ? 'drop' : 'point';
}

/**
 * The same, where something was adopted under the name: a table or another view, which a view over the slot takes the place of,
 * and which comes back on the way back.
 */
export function doing(
  places: Places,
  { change, adopted }: { readonly change: Repoint; readonly adopted: Adopted | null },
  found: TableResource | null,
): Does | 'replace' | 'restore' {
  const does = doesOf(places, change, found);
  if (adopted === null) return does;
  if (bringsBack(change))
    return does === 'drop' || found === null ? 'restore' : isOld(adopted, found) ? 'nothing' : does;
  if (does !== 'foreign' || found === null || !isAsAdopted(adopted, found)) return does;
  return adopted.text === null ? 'replace' : 'point';
}

/** A table has another time of its last change by then. */
const isOld = ({ text }: Adopted, { type, view }: TableResource): boolean =>
  text === null ? type === 'TABLE' : view?.query === text;

/** Whether there was something of another kind before. */
export const bringsBack = ({ name, to, after }: Repoint): boolean =>
  to === null && after.some(([of, state]) => sameName(of, name) && state.is !== 'absent');

/** The highest number that changed a view; 0 where none did. */
export const fenceOf = ({ labels }: Pick<TableResource, 'labels'>): number => Number(labels[FENCE_LABEL] ?? 0);

/** What a serving view tells of the relation behind it. */
export interface Looks {
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
}

/** Whether a view tells all that it is to tell. */
export function tellsAll(view: TableResource, wanted: Looks): boolean {
  const is = looksOf(view);
  return (
    JSON.stringify(is.fields) === JSON.stringify(wanted.fields) &&
    is.description === wanted.description &&
    Object.entries(wanted.labels).every(([key, value]) => is.labels[key] === value)
  );
}

/** Without what is of the table alone: a view has nothing that must not be null (documentation, "TableFieldSchema"). */
export const looksOf = ({ description, labels, schema }: TableResource): Looks => ({
  description,
  labels: withoutOurs(labels),
  fields: schema.fields.map(viewField),
});

const viewField = (of: Field): Field => ({
  name: of.name,
  type: of.type,
  mode: of.mode === 'REPEATED' ? 'REPEATED' : 'NULLABLE',
  ...(of.description === undefined ? {} : { description: of.description }),
  ...(of.policyTags === undefined ? {} : { policyTags: of.policyTags }),
  ...(of.fields === undefined ? {} : { fields: of.fields.map(viewField) }),
});

const withoutOurs = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith('lastgreen_')));

/**
 * The change of a view's resource: text, columns with what is said of them, description, labels. What `was` said goes away
 * where the new one does not say it; what somebody else put on the view stays.
 */
export function patchOf(o: {
  readonly text: string;
  readonly now: TableResource;
  /** null: what the view tells stays. */
  readonly looks: { readonly to: Looks; readonly was: Looks | null } | null;
  readonly ours: Readonly<Record<string, string>>;
}): Readonly<Record<string, unknown>> {
  const { text, now, looks, ours } = o;
  const view = { query: text, useLegacySql: false };
  const fields = looks?.to.fields ?? now.schema.fields;
  const schema = fields.length === 0 ? {} : { schema: { fields } };
  if (looks === null) return { view, ...schema, labels: ours };
  const { to, was } = looks;
  const gone = Object.keys(was?.labels ?? {}).filter((key) => !(key in to.labels) && key in now.labels);
  return {
    view,
    ...schema,
    description: to.description,
    labels: { ...Object.fromEntries(gone.map((key) => [key, null])), ...to.labels, ...ours },
  };
}
