import type { Traits } from '../../../src/warehouse/port.ts';

/**
 * - `file`: sides are whole files behind a pointer, as in an embedded engine; views name what they read.
 * - `table-atomic`: relations change places in one transaction; views are bound to objects.
 * - `names-each`: one change after the other; views name what they read, and are defined anew.
 * - `schemas-each`: as that, but whole schemas change places.
 * - `views-each`: readers use views, which point to one of three slots that take turns; one is repointed after the other.
 */
const manners = {
  file: { cutover: 'atomic', viewsBind: 'name', exchange: 'file' },
  'table-atomic': { cutover: 'atomic', viewsBind: 'object', exchange: 'table' },
  'names-each': { cutover: 'each', viewsBind: 'name', exchange: 'table' },
  'schemas-each': { cutover: 'each', viewsBind: 'name', exchange: 'schema' },
  'views-each': { cutover: 'each', viewsBind: 'name', exchange: 'view' },
} as const satisfies Readonly<Record<string, Pick<Traits, 'cutover' | 'viewsBind' | 'exchange'>>>;

export type Mode = keyof typeof manners;

/** Whether a side is a place outside of names, in which everything has the same names. */
export const isPlaced = (mode: Mode): boolean => mode === 'file' || mode === 'views-each';

// The keys of the object, which are its type's.
export const modes = Object.keys(manners) as readonly Mode[];

/** How the engine of this kind goes about it. */
export const mannerOf = ({ mode }: { readonly mode: Mode }): Pick<Traits, 'cutover' | 'viewsBind' | 'exchange'> =>
  manners[mode];
