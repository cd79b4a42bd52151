import { z } from 'zod';
import { byRelease, parseReleaseId, type ReleaseId, sha } from '../domain/ids.ts';
import type { Container } from '../domain/relation.ts';
import type { KeptSide } from './port.ts';

/** A release's id as a control table has it. */
export const releaseText = z.string().transform((text, check): ReleaseId => {
  const release = parseReleaseId(text);
  if (release !== null) return release;
  check.addIssue(`${text} is no release`);
  return z.NEVER;
});

/** One container in which rests what left live. */
export interface KeptContainer {
  readonly container: Container;
  readonly release: ReleaseId;
  readonly sha: string;
  readonly displacedBy: string;
  readonly bytes: number | null;
}

/** Together where they left together; the bytes of a side are known where those of all its containers are. */
export function keptSides(rows: readonly KeptContainer[]): readonly KeptSide[] {
  const together = Map.groupBy(rows, (row) => JSON.stringify([row.release, row.displacedBy]));
  return [...together.values()]
    .flatMap((group): readonly KeptSide[] => {
      const [first] = group;
      if (first === undefined) return [];
      const bytes = group.reduce<number | null>(
        (sum, row) => (sum === null || row.bytes === null ? null : sum + row.bytes),
        0,
      );
      const containers = group.map((row) => row.container);
      return [{ release: first.release, sha: sha(first.sha), containers, bytes }];
    })
    .toSorted((a, b) => byRelease(a.release, b.release));
}
