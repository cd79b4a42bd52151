import type { Seal } from '../../../src/domain/cutover.ts';
import { byRelease, type ReleaseId } from '../../../src/domain/ids.ts';
import { type Container, displayName, inContainer, nameKey, sameName } from '../../../src/domain/relation.ts';
import { type KeptSide, WarehouseError } from '../../../src/warehouse/port.ts';
import { type Data, type File, fileAt, newFile, putThing, servedBy, sideOf, thingsIn } from './data.ts';
import { dropContainer } from './fill.ts';
import { isPlaced } from './modes.ts';

const refused = (message: string): WarehouseError => new WarehouseError('refused', message);

const locationOf = (release: ReleaseId): string => `/model/${release}`;

const isLive = (data: Data, container: Container): boolean =>
  data.mode === 'file'
    ? fileAt(data, container.location) === fileAt(data, data.live.location)
    : sameName(container, servedBy(data) ?? data.live);

/** Readers have, or had, what lies there. */
function assertNeverLive(data: Data, container: Container): void {
  const file = isPlaced(data.mode) ? data.files.get(container.location) : null;
  if (isLive(data, container) && fileAt(data, container.location)) throw refused(`${displayName(container)} is live`);
  if (file?.was) throw refused(`${displayName(container)} was live`);
}

/** A file is moved to its release's name; schemas stay where they are. */
export function sealedSides(data: Data, release: ReleaseId, idle: readonly Container[]): readonly Container[] {
  if (data.mode !== 'file') return idle;
  const from = sideOf(data, 'idle');
  const to: Container = { ...from, location: locationOf(release) };
  const file = data.files.get(from.location);
  if (file) {
    if (data.files.get(to.location)) assertNeverLive(data, to);
    data.files.set(to.location, file);
    data.files.delete(from.location);
  }
  if (!data.files.has(to.location)) throw new WarehouseError('missing', `${from.location} is not there`);
  return [to];
}

/** A plain file gets its release's name as a second one. */
export function adopt(data: Data, release: ReleaseId, live: readonly Container[]): readonly Container[] {
  if (data.mode === 'views-each') return adoptTables(data);
  if (data.mode !== 'file') return live;
  const file = fileAt(data, data.live.location);
  if (!file) throw new WarehouseError('missing', `${data.live.location} is not there`);
  const known = data.links.get(data.live.location);
  if (known !== undefined) return [{ ...data.live, location: known }];
  data.files.set(locationOf(release), file);
  return [{ ...data.live, location: locationOf(release) }];
}

/** What is no view that points somewhere is copied into a slot. */
function adoptTables(data: Data): readonly Container[] {
  const to = sideOf(data, 'idle');
  data.files.set(to.location, newFile(data));
  for (const { at, thing } of thingsIn(data, data.live)) putThing(data, inContainer(at, to), thing);
  return [to];
}

export function reopen(data: Data, { sides }: Seal, idle: readonly Container[]): void {
  const [side] = sides;
  const [to] = idle;
  if (data.mode !== 'file' || !side || !to) return;
  const file = data.files.get(side.location);
  if (file && side.location !== to.location) {
    assertNeverLive(data, side);
    data.files.set(to.location, file);
    data.files.delete(side.location);
  }
  if (!data.files.has(to.location)) throw new WarehouseError('missing', `${to.location} is not there`);
}

export function discard(data: Data, sides: readonly Container[]): void {
  for (const side of sides) {
    if (!fileAt(data, side.location)) continue;
    assertNeverLive(data, side);
    dropContainer(data, side);
  }
}

/** What readers had, and have not now; oldest content first. */
export function keptSides(data: Data): readonly KeptSide[] {
  const sides = isPlaced(data.mode) ? keptFiles(data) : keptSchemas(data);
  return sides.toSorted((a, b) => byRelease(a.release, b.release));
}

function keptFiles(data: Data): readonly KeptSide[] {
  const kept = [...data.files].filter((entry): entry is [string, File & { was: NonNullable<File['was']> }] => {
    const [location, file] = entry;
    return file.was !== null && !isLive(data, { ...data.live, location });
  });
  return kept.map(([location, { was }]) => ({ ...was, containers: [{ ...data.live, location }], bytes: null }));
}

const keptSchemas = (data: Data): readonly KeptSide[] =>
  [...data.kept.values()]
    .filter(({ container }) => thingsIn(data, container).length > 0)
    .map(({ container, release, sha }) => ({ release, sha, containers: [container], bytes: null }));

export function removeSides(data: Data, sides: readonly KeptSide[]): readonly string[] {
  return sides.flatMap(({ containers }) =>
    containers.map((container) => {
      if (isLive(data, container)) throw refused(`${displayName(container)} is live`);
      dropContainer(data, container);
      data.kept.delete(nameKey(container));
      return `${container.location}${displayName(container)}`;
    }),
  );
}
