import { expect } from 'vitest';
import { fail } from '../../../src/domain/errors.ts';
import { type } from './commands.ts';
import { configure, type Shop } from './environment.ts';

/** A shop whose warehouse gives what was, and somebody who knows nothing of releases. */
export interface Travelling {
  readonly shop: Shop;
  /** All that a reader gets. */
  readonly read: () => Promise<Readonly<Record<string, unknown>>>;
  /** The guest's rows, in what releases change and in what they do not. */
  readonly write: () => Promise<void>;
}

/** A time at which nothing is written, and what readers had then. */
export interface Moment {
  readonly at: string;
  readonly rows: Readonly<Record<string, unknown>>;
}

export const moment = async ({ read }: Travelling): Promise<Moment> => {
  const rows = await read();
  return { at: new Date().toISOString(), rows };
};

export const ship = async ({ shop }: Travelling, version: number): Promise<void> => {
  await shop.commit(version);
  await shop.build();
  await shop.promote();
};

/** What the command prints. */
export async function back({ shop }: Travelling, ...argv: readonly string[]): Promise<string> {
  const ended = await type(shop, 'rollback', ...argv);
  expect(ended, ended.err).toMatchObject({ exit: 0 });
  return ended.out;
}

interface Trip {
  /** What readers had at the time that was asked for. */
  readonly had: Moment['rows'];
  readonly have: Moment['rows'];
  /** What the command printed. */
  readonly told: string;
}

/** Goes to and fro between times of three releases and a rollback, while others write. */
export async function travelThroughReleases(place: Travelling): Promise<readonly Trip[]> {
  const moments: Moment[] = [];
  for (const version of [1, 2, 3]) {
    await ship(place, version);
    moments.push(await moment(place));
    await place.write();
    moments.push(await moment(place));
    await place.write();
  }
  await back(place);
  await place.write();
  moments.push(await moment(place));
  await place.write();
  const trips: Trip[] = [];
  for (const n of [5, 1, 6, 2]) {
    const { at, rows: had } = moments[n] ?? fail('BUG', { message: 'a time that was not noted' });
    const told = await back(place, '--at', at);
    trips.push({ had, have: await place.read(), told });
    await place.write();
  }
  return trips;
}

/** To before and after a scheduled build on live, which a release came after; the first was asked about beforehand. */
export async function travelBehindRebuild(
  place: Travelling,
  rebuild: () => Promise<unknown>,
): Promise<readonly Trip[]> {
  await ship(place, 1);
  await place.write();
  const before = await moment(place);
  await rebuild();
  await place.write();
  const between = await moment(place);
  await ship(place, 2);
  const foretold = await back(place, '--at', before.at, '--dry-run');
  await back(place, '--at', before.at);
  const first = { had: before.rows, have: await place.read(), told: foretold };
  const told = await back(place, '--at', between.at);
  return [first, { had: between.rows, have: await place.read(), told }];
}

/** What was kept is kept for a moment only, from here on. */
export const keepShortly = ({ shop }: Travelling): Promise<void> => configure(shop, 'rollback: {keep: 1s}');
