/** By its kind, what a schema has beside its relations, under names of their own. */
export const isCallable = (kind: string): boolean => /function$|^aggregate$|^procedure$/.test(kind);

/** For people: `a table`, `an aggregate`. */
export const oneOf = (kind: string): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
