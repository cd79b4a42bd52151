import { expect } from 'vitest';
import { type Ended, type } from './commands.ts';
import type { Shop } from './environment.ts';
import type { Image } from './image.ts';
import { lookSettled } from './truth.ts';

/** Store and warehouse as they were, under a name. */
export interface Kept {
  readonly name: string;
  readonly store: Image;
}

/** What a command asks of a server, once. */
export interface Asked {
  readonly text: string;
  /** Whether it changes something, so that it matters whether its answer gets lost. */
  readonly writes: boolean;
  /** Whether it is a part of what readers can see. */
  readonly inCutover: boolean;
}

/** A shop on a server that lets a command down where it is told to. */
export interface FaultyShop {
  readonly shop: Shop;
  keep(name: string): Promise<Kept>;
  putBack(kept: Kept): Promise<void>;
  /** All that was asked so far, oldest first. */
  asked(): Promise<readonly Asked[]>;
  /** The n-th that is asked from now on, or all from there; `reached` throws when there was none. */
  letDown(n: number, how: Fault['how']): Promise<{ reached(): Promise<void> }>;
  /** Nothing is let down any more. */
  heal(): Promise<void>;
  /**
   * Looks where a cutover may have ended in its middle: what readers have is one release whole, which status names, or status
   * says that somebody has to finish it.
   */
  lookHalfway(what: string): Promise<{ readonly version: number | 'mixed' }>;
  /** Whatever readers have had lies where it is said to be kept. */
  expectNothingLost(): Promise<void>;
}

export type Verb = 'promote' | 'rollback';

/** Versions: what was live longer ago, what a rollback leads to, and what a promote brings. */
const [older, before, promoted] = [1, 2, 3];

/** What happens at one of the requests that a command sends. */
export interface Fault {
  /** Of the command's requests, from 1. */
  readonly n: number;
  readonly of: Asked;
  /** `dead from`: the server does nothing any more until the command has ended. */
  readonly how: 'fails at' | 'drops before' | 'drops after' | 'dead from';
}

export const isInCutover = ({ of }: Fault): boolean => of.inCutover;

const told = ({ n, of, how }: Fault): string => `${how} request ${n} (${of.text.replaceAll(/\s+/g, ' ').slice(0, 90)})`;

/** A verb that can be typed again and again in the same state of the same shop. */
export interface Frozen {
  readonly verb: Verb;
  readonly shop: FaultyShop;
  readonly state: Kept;
  /** What the command asks when nothing is wrong. */
  readonly asked: readonly Asked[];
}

/** Keeps what is there, and lets the command do what it does when nothing is wrong. */
export async function freeze(shop: FaultyShop, verb: Verb): Promise<Frozen> {
  const state = await shop.keep(verb);
  const { length } = await shop.asked();
  expect(await type(shop.shop, verb)).toMatchObject({ exit: 0 });
  return { verb, shop, state, asked: (await shop.asked()).slice(length) };
}

/** Where something reads it is the same whether the connection is lost before or after it. */
export const faultsOf = ({ asked }: Frozen): readonly Fault[] =>
  asked.flatMap((of, i): readonly Fault[] => {
    const fault = (how: Fault['how']): Fault => ({ n: i + 1, of, how });
    const some = [fault('fails at'), fault('drops before')];
    return of.writes ? [...some, fault('drops after'), fault('dead from')] : some;
  });

export interface Outcome {
  readonly exit: number;
  /** What readers had when the command had ended. */
  readonly version: number | 'mixed';
}

/** The command meets a fault; whoever comes next ends where readers have one release whole. */
export async function meet(frozen: Frozen, fault: Fault): Promise<Outcome> {
  const { shop, verb, state } = frozen;
  await shop.putBack(state);
  const rule = await shop.letDown(fault.n, fault.how);
  const ended = await type(shop.shop, verb);
  await rule.reached();
  await shop.heal();
  const what = `${verb} that the server ${told(fault)}`;
  expect([0, 4, 6, 7], `${what}: ${ended.err}`).toContain(ended.exit);
  if (ended.exit === 0) {
    const { version } = await settled(shop, ended, what);
    expect(version, what).toBe(verb === 'promote' ? promoted : before);
    return { exit: 0, version };
  }
  return { exit: ended.exit, version: await expectWaysOn(frozen, what, ended) };
}

async function settled(shop: FaultyShop, ended: Ended, what: string) {
  expect(ended, `${what}: ${ended.err}`).toMatchObject({ exit: 0 });
  await shop.expectNothingLost();
  return lookSettled(shop.shop, ended);
}

async function expectWaysOn({ shop, verb }: Frozen, what: string, ended: Ended): Promise<number | 'mixed'> {
  const { version } = await shop.lookHalfway(what);
  // Whoever reads that nobody knows is told what helps; and nobody is told so when live is whole.
  if (version === 'mixed') expect(ended, what).toMatchObject({ exit: 7 });
  const kept = await shop.keep('met a fault');
  await expectEnd({ shop, verb }, 'resume', version, what);
  await shop.putBack(kept);
  await expectEnd({ shop, verb }, 'rollback', version, what);
  return version;
}

/** What another command makes of it that was begun; `version`: what readers had then. */
export async function expectEnd(
  { shop, verb }: Pick<Frozen, 'shop' | 'verb'>,
  way: 'resume' | 'rollback',
  version: number | 'mixed',
  what: string,
): Promise<void> {
  const end = await settled(shop, await type(shop.shop, way), `${what}, then ${way}`);
  const goal = verb === 'promote' ? promoted : before;
  const forward = version === 'mixed' ? goal : version;
  const back = verb === 'promote' && version === before ? older : before;
  const to = way === 'resume' ? forward : back;
  expect(end, `${what}, then ${way}`).toMatchObject({ version: to, status: { live: { state: 'green' } } });
  if (way === 'rollback') expect(end.status.hold).not.toBeNull();
}
