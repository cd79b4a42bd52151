import { join } from 'node:path';
import type { Source } from './readers/source.ts';

/** What the story needs to know of an engine; the project, its commits and the reader are the same for all. */
interface StoryEngine {
  /** Files of the project that differ from those in test/projects/shop, by path in the project. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that must be there before dbt runs and that git does not keep. */
  readonly folders: readonly string[];
  /** Where the relations are that readers use, given the repository's folder; a file, or a connection string. */
  readonly live: (repository: string) => string;
  /** Opens what `live` names; loaded where it is used, because drivers load slowly. */
  readonly source: (live: string) => Promise<Source>;
}

export const engines = {
  duckdb: {
    files: {},
    folders: ['warehouse'],
    live: (repository) => join(repository, 'warehouse', 'shop.duckdb'),
    source: async (live) => (await import('./readers/duckdb.ts')).duckdb(live),
  },
} as const satisfies Record<string, StoryEngine>;

export type EngineName = keyof typeof engines;

/** Reads an engine's name; throws RangeError that lists the known ones. */
export function engineName(text: string): EngineName {
  const found = Object.keys(engines).find((name): name is EngineName => name === text);
  if (found === undefined) {
    throw new RangeError(`There is no engine "${text}": it is one of ${Object.keys(engines).join(', ')}.`);
  }
  return found;
}
