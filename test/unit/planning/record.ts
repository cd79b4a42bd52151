import type { Mark } from '../../../src/domain/cutover.ts';
import type { ReleaseRecord } from '../../../src/domain/fold.ts';
import { fence, type ReleaseId, releaseNumber, sha } from '../../../src/domain/ids.ts';

/** What the journal knows of a green release, a minute after ten for each number. */
export const record = (id: ReleaseId, o: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  id,
  kind: 'deploy',
  sha: sha(id),
  subject: id,
  command: 'deploy',
  by: 'ci',
  back: null,
  content: id,
  state: { state: 'green', keptUntil: '' },
  startedAt: `at ${id}`,
  liveAt: `2026-11-21T10:${id.slice(1)}:00Z`,
  greenAt: `at ${id}`,
  watchUntil: null,
  keptUntil: null,
  built: null,
  seal: null,
  answers: [],
  cutover: null,
  because: null,
  failure: null,
  entries: [],
  ...o,
});

/** What the warehouse says of the same release, once it is live. */
export const markOf = (id: ReleaseId, o: Partial<Mark> = {}): Mark => ({
  lineage: 'x',
  fence: fence(releaseNumber(id)),
  release: id,
  content: id,
  sha: sha(id),
  back: false,
  previous: null,
  token: null,
  at: '',
  ...o,
});
