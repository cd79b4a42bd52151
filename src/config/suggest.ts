/** Edits (insert, delete, replace, exchange of neighbours) that make one word the other. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const exchanged =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1), exchanged));
    }
  }
  return at(a.length, b.length);
}

/** The known word that was probably meant, or null when none is close. */
function closest(word: string, known: readonly string[]): string | null {
  const near = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)[0];
  return near && near.edits <= Math.max(1, Math.floor(near.candidate.length / 3)) ? near.candidate : null;
}

/** ` Did you mean X?`, or what there is to choose from. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = closest(word, known);
  return meant === null ? ` Known here: ${known.join(', ')}.` : ` Did you mean ${meant}?`;
}
