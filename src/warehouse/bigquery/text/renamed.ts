import { pathAt } from './paths.ts';
import { isMark, tokensOf } from './tokens.ts';

export interface Renaming {
  /** Whose datasets have other names: what `dataset.table` without a project means. */
  readonly project: string;
  /** What a dataset is called now; null: as before. */
  readonly dataset: (name: string) => string | null;
}

/**
 * A query's text with the names of some datasets replaced, and nothing else changed. null: nobody can tell, as where an alias
 * has the name of a dataset. What stands in strings is no name: a view cannot read what they say.
 */
export function renamed(text: string, { project, dataset }: Renaming): string | null {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  const edits: { from: number; to: number; name: string }[] = [];
  for (let at = 0; at < tokens.length; ) {
    const path = pathAt(tokens, at, { dashed: isDashed(tokens, at, project) });
    if (path === null) {
      at++;
      continue;
    }
    const [first, second] = path.parts;
    at = path.last + 1;
    // Of an expression `a - b.c`, or of the name of another project.
    const isAfterDash = isMark(tokens[path.first - 1], '-');
    const said = first?.name === project ? second : isAfterDash ? undefined : first;
    const name = said && dataset(said.name);
    if (said === undefined || name === null || name === undefined) continue;
    // Alone it is an alias or a column: then nobody can tell whether the others are not of that.
    if (path.parts.length < (said === first ? 2 : 3) || said.at === null) return null;
    edits.push({ ...said.at, name });
  }
  return edits.reduceRight((result, { from, to, name }) => `${result.slice(0, from)}${name}${result.slice(to)}`, text);
}

/** Whether `my-project.` begins here, and not a difference. */
function isDashed(tokens: Parameters<typeof pathAt>[0], at: number, project: string): boolean {
  if (isMark(tokens[at - 1], '-')) return false;
  const path = project.includes('-') ? pathAt(tokens, at, { dashed: true }) : null;
  return path?.parts[0]?.name === project;
}
