import { fold, type History } from '../../../src/domain/fold.ts';
import type { Head } from '../../../src/domain/head.ts';
import { decodeEntry, decodeHead } from '../../../src/engine/documents/codec.ts';
import { keysOf } from '../../../src/engine/documents/keys.ts';
import { differences, isProtected, type Moment } from './readers.ts';
import { textOf } from './store.ts';
import type { World } from './world.ts';

/** What the journal in the world's store tells. */
export function historyOf({ documents, settings }: World): History {
  const prefix = keysOf(settings.environment).journal();
  const entries = [...documents].filter(([key]) => key.startsWith(prefix));
  return fold(entries.map(([key, { body }]) => decodeEntry(key, body)));
}

export function headOf({ documents, settings }: World): Head | null {
  const key = keysOf(settings.environment).head;
  const found = documents.get(key);
  return found ? decodeHead(key, found.body) : null;
}

/**
 * What must hold at every moment that readers could see, whatever was faulted: they see the whole of one commit, except
 * while changes are made one by one; and nobody changes it under a number below one that was claimed before.
 */
export function brokenForReaders(world: World): readonly string[] {
  return world.moments.flatMap((moment, i) => [
    ...mixed(world, moment).map((what) => `moment ${i} (${moment.after}): ${what}`),
    ...(moment.fence !== null && moment.fence < moment.claimed
      ? [`moment ${i} (${moment.after}): changed under ${moment.fence} when ${moment.claimed} was claimed`]
      : []),
  ]);
}

function mixed({ repository, settings }: World, { underWay, shown, seen }: Moment): readonly string[] {
  const commit = shown && repository.commits.get(shown);
  if (!commit || underWay) return [];
  return differences(seen, commit.project, repository, settings.irreplaceable);
}

/** Rows that readers had and that nothing can make again, gone. `accepted`: nodes for which a person said so. */
export function lostRows(world: World, accepted: readonly string[] = []): readonly string[] {
  const { repository, settings, data, moments } = world;
  const project = data.shown && repository.commits.get(data.shown)?.project;
  const known = new Map(
    [...repository.commits.values()].flatMap((c) => c.project.nodes.map((n) => [n.name, n] as const)),
  );
  const now = world.readers();
  const names = new Set(moments.flatMap(({ seen }) => [...seen.keys()]));
  return [...names].flatMap((name) => {
    const node = known.get(name);
    // What the commit that is live does not have was taken away by a person's commit.
    const counts = node
      ? isProtected(node, settings.irreplaceable) && project?.nodes.some((n) => n.name === name)
      : true;
    if (!counts || accepted.includes(name)) return [];
    const had = new Set(moments.flatMap(({ seen }) => seen.get(name)?.rows ?? []));
    const has = new Set(now.get(name)?.rows);
    const lost = [...had].filter((row) => !has.has(row));
    return lost.length > 0 ? [`${name} lost ${lost.join(', ')}`] : [];
  });
}

/** What must hold once everything that was begun has ended: the store's story is the warehouse's. */
export function brokenStory(world: World): readonly string[] {
  const { data, documents, settings } = world;
  const keys = keysOf(settings.environment);
  const head = headOf(world);
  const { mark } = data;
  const told: string[] = [];
  const history = readable(world);
  if (typeof history === 'string') return [history];
  const expect = (isSo: boolean, otherwise: string): void => {
    if (!isSo) told.push(otherwise);
  };
  if (head?.inFlight) told.push(`head says that ${head.inFlight.release} is being cut over`);
  for (const { id, state } of history.releases.values())
    expect(state.state !== 'cutting' && state.state !== 'reversing', `the journal leaves ${id} ${state.state}`);
  if (mark === null) {
    expect((head?.live ?? null) === null, `head says that ${head?.live?.release} is live, and nothing is`);
    return told;
  }
  const { live } = head ?? { live: null };
  expect(
    live?.release === mark.release && live.content === mark.content && live.sha === mark.sha,
    `head says that ${live?.release} (${live?.content}) is live, the mark says ${mark.release} (${mark.content})`,
  );
  const state = history.releases.get(mark.release)?.state.state;
  expect(state === 'live' || state === 'green', `the journal says that ${mark.release} is ${state}, and it is live`);
  expect(!data.underWay, 'readers see a part of a cutover that nobody is at');
  expect(data.shown === mark.sha, `readers see ${data.shown}, the mark says ${mark.sha}`);
  expect(textOf(documents, keys.derived('LIVE_SHA')) === `${mark.sha}\n`, 'LIVE_SHA is not what is live');
  return [...told, ...brokenLastGreen(world, history)];
}

function readable(world: World): History | string {
  try {
    return historyOf(world);
  } catch (error) {
    return `the journal cannot be read: ${String(error)}`;
  }
}

function brokenLastGreen({ documents, settings }: World, { lastGreen }: History): readonly string[] {
  if (!lastGreen) return [];
  const keys = keysOf(settings.environment);
  const told: string[] = [];
  if (textOf(documents, keys.derived('LAST_GREEN_SHA')) !== `${lastGreen.sha}\n`)
    told.push(`LAST_GREEN_SHA is not that of ${lastGreen.id}`);
  const manifest = keys.artifact(lastGreen.content, 'manifest.json');
  if (!documents.has(manifest) && !documents.has(`${manifest}.gz`))
    told.push(`${lastGreen.content}, the content of the last green release, has no manifest`);
  if (![...documents.keys()].some((key) => key.startsWith(keys.plans(lastGreen.content))))
    told.push(`${lastGreen.content}, the content of the last green release, has no plan`);
  return told;
}
