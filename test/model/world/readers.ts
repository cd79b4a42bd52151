import type { Sha } from '../../../src/domain/ids.ts';
import { madeOf, rowsOf } from './content.ts';
import { type Data, thingsIn } from './data.ts';
import type { Repository } from './git.ts';
import { lineageOf, type Project, type ProjectNode } from './project.ts';

/** What a reader who asks every live name in one statement gets. */
export type Seen = ReadonlyMap<string, { readonly made: string; readonly rows: readonly string[] }>;

export const readersSee = (data: Data): Seen =>
  new Map(
    thingsIn(data, data.live).map((found) => [
      found.at.identifier,
      { made: madeOf(data, found), rows: rowsOf(data, found) },
    ]),
  );

/** One moment that readers could see. */
export interface Moment {
  /** What had just happened. */
  readonly after: string;
  /** The number under which it was changed; null: not by a cutover. */
  readonly fence: number | null;
  /** The highest number that was claimed then. */
  readonly claimed: number;
  readonly underWay: boolean;
  readonly shown: Sha | null;
  readonly seen: Seen;
}

/** Rows that no build can make again: they may only leave when a person says so. */
export const isProtected = (node: ProjectNode, irreplaceable: readonly string[]): boolean =>
  node.materialized === 'snapshot' || node.keepsRows === true || irreplaceable.includes(node.name);

/** Where what readers see is not the whole of one commit, in words. */
export function differences(
  seen: Seen,
  project: Project,
  all: Repository,
  irreplaceable: readonly string[],
): readonly string[] {
  const nodes = new Map(project.nodes.map((node) => [node.name, node]));
  const known = new Set([...all.commits.values()].flatMap((commit) => commit.project.nodes.map(({ name }) => name)));
  const wrong = [...nodes.values()].flatMap((node) => {
    const found = seen.get(node.name);
    if (!found) return [`${node.name} is missing`];
    // Rows that were kept on the way back may have been written by the release that was left.
    if (isProtected(node, irreplaceable)) return [];
    const expected = lineageOf(project, node.name);
    return withoutKept(found.made, project, irreplaceable) === withoutKept(expected, project, irreplaceable)
      ? []
      : [`${node.name} is ${found.made} instead of ${expected}`];
  });
  const extra = [...seen.keys()].filter((name) => known.has(name) && !nodes.has(name));
  return [...wrong, ...extra.map((name) => `${name} is still there`)];
}

/** In what something was made of, a protected parent counts by its name: its text may be a later release's. */
function withoutKept(made: string, project: Project, irreplaceable: readonly string[]): string {
  const kept = project.nodes.filter((node) => isProtected(node, irreplaceable)).map(({ name }) => name);
  let text = made;
  for (const name of kept) {
    for (let at = text.indexOf(`${name}@`); at >= 0; at = text.indexOf(`${name}@`, at + 1)) {
      const end = closing(text, text.indexOf('(', at));
      text = `${text.slice(0, at + name.length)}${text.slice(end + 1)}`;
    }
  }
  return text;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth === 0) return at;
  }
  return text.length;
}
