import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { history } from '../../../src/cli/render/history.ts';
import { type StatusDocument, status } from '../../../src/cli/render/status.ts';
import { type Ended, type } from './commands.ts';
import { readers, type Shop } from './environment.ts';
import { namesIn } from './image.ts';

/** What a reader has, and what `status` says to whoever asks. */
export interface Seen {
  /** Of the one release whose rows the reader got. */
  readonly version: number;
  readonly status: StatusDocument;
}

/** Looks, at any moment: readers have one release whole, status names that one, changes nothing and can be trusted. */
export async function look(shop: Shop): Promise<Seen> {
  const [version = 0, ...others] = await readers(shop);
  expect(others, 'rows of other releases that a reader sees').toEqual([]);
  const before = namesIn(shop.folders);
  const said = await type(shop, 'status', '--json');
  expect(said).toMatchObject({ exit: 0 });
  expect(namesIn(shop.folders), 'what status leaves behind').toEqual(before);
  const document = status.parse(JSON.parse(said.out));
  expect(shop.versionOf(document.live?.sha ?? ''), 'the version that status calls live').toBe(version);
  const { inFlight, differs, running } = document;
  expect(running?.alive ?? false, 'a dead holder that status takes for a living one').toBe(false);
  if ((inFlight?.done ?? 0) > 0 || differs !== null) expect(document.next).toBe('lastgreen resume');
  return { version, status: document };
}

const documents = '.lastgreen/prod';

/** Looks after a command that came to its end: nothing is left to be mended, and nothing is left over. */
export async function lookSettled(shop: Shop, ended: Ended): Promise<Seen> {
  const seen = await look(shop);
  const { live, inFlight, differs, running, lastGreen } = seen.status;
  expect({ inFlight, differs, running }, `after ${ended.out}${ended.err}`).toEqual({
    inFlight: null,
    differs: null,
    running: null,
  });
  const told = history.parse(JSON.parse((await type(shop, 'history', '--json')).out));
  const under = told.entries.filter(({ state }) => ['building', 'cutting', 'reversing'].includes(state));
  expect(under, 'releases that are under way for ever').toEqual([]);
  const entry = told.entries.find(({ live: isLive }) => isLive);
  expect(entry, 'the release that the mark names, in history').toMatchObject({ id: live?.release });
  expect(['live', 'green']).toContain(entry?.state);
  const derived = (name: string) => readFileSync(join(shop.dir, documents, name), 'utf8').trim();
  expect({ live: derived('LIVE_SHA'), lastGreen: derived('LAST_GREEN_SHA') }).toEqual({
    live: live?.sha,
    lastGreen: lastGreen?.sha,
  });
  expect(await leftOver(shop)).toEqual([]);
  return seen;
}

/** What nobody needs any more and nobody takes away. What a killed writer left stays for an hour. */
async function leftOver(shop: Shop): Promise<readonly string[]> {
  const head = JSON.parse(readFileSync(join(shop.dir, documents, 'head.json'), 'utf8'));
  const mine = new RegExp(`(^|/)\\.?(writing-)?${process.pid}-`);
  const temporary = readdirSync(join(shop.dir, '.lastgreen'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    mine.test(name),
  );
  return [...temporary, ...(await shop.engine.leftOver(shop.dir, head.fence))];
}
