import { expect } from 'vitest';
import type { Action, Statement } from '../../warehouses/snowflake/control.ts';
import { type Ended, type } from '../frozen/commands.ts';
import { lookSettled } from '../frozen/truth.ts';
import { expectNothingLost, lookHalfway } from './halfway.ts';
import type { Kept, SnowflakeShop } from './shop.ts';

export type Verb = 'promote' | 'rollback';

/** Versions: what was live longer ago, what a rollback leads to, and what a promote brings. */
const [older, before, promoted] = [1, 2, 3];

/** What happens at one of the statements that a command sends. */
export interface Fault {
  /** Of the command's statements, from 1; those of a request of several one by one. */
  readonly n: number;
  readonly sql: string;
  /** Of the request of several that changes what readers get. */
  readonly inRequest: boolean;
  /**
   * `drops before`: it is not carried out, nor what else is in its request; `drops after`: all of it is, and nobody is told.
   * `dead from`: the server does nothing any more until the command has ended.
   */
  readonly how: 'fails at' | 'drops before' | 'drops after' | 'dead from';
}

const failing: Action = { kind: 'fail', code: 603, message: 'a fault of the server', sqlState: 'XX000' };
const actions: Readonly<Record<Fault['how'], Action>> = {
  'fails at': failing,
  'dead from': failing,
  'drops before': { kind: 'drop' },
  'drops after': { kind: 'drop' },
};

export const isInRequest = ({ inRequest }: Fault): boolean => inRequest;

const told = ({ n, sql, how }: Fault): string => `${how} statement ${n} (${sql.replaceAll(/\s+/g, ' ').slice(0, 60)})`;

/** A verb that can be typed again and again in the same state of the same shop. */
export interface Frozen {
  readonly verb: Verb;
  readonly shop: SnowflakeShop;
  readonly state: Kept;
  /** What the command sends when nothing is wrong. */
  readonly statements: readonly Statement[];
}

/** Keeps what is there, and lets the command do what it does when nothing is wrong. */
export async function freeze(shop: SnowflakeShop, verb: Verb): Promise<Frozen> {
  const state = await shop.keep(verb);
  const { length } = await shop.server.control.statements();
  expect(await type(shop.shop, verb)).toMatchObject({ exit: 0 });
  return { verb, shop, state, statements: (await shop.server.control.statements()).slice(length) };
}

const writes = (sql: string): boolean => /^\s*(insert|update|delete|merge|create|drop|alter)\b/i.test(sql);

/** Where something reads it is the same whether the connection is lost before or after it. */
export const faultsOf = ({ statements }: Frozen): readonly Fault[] =>
  statements.flatMap(({ sql, parent }, i): readonly Fault[] => {
    const fault = (how: Fault['how']): Fault => ({ n: i + 1, sql, how, inRequest: parent !== null });
    const some = [fault('fails at'), fault('drops before')];
    return parent === null && !writes(sql) ? some : [...some, fault('drops after'), fault('dead from')];
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
  const { n, how } = fault;
  const rule = await shop.server.control.rule({
    match: '.',
    nth: n,
    onwards: how === 'dead from',
    when: how === 'drops after' ? 'after' : 'before',
    do: actions[how],
  });
  const ended = await type(shop.shop, verb);
  await rule.reached(0);
  await shop.server.control.clearRules();
  const what = `${verb} that the server ${told(fault)}`;
  expect([0, 4, 6, 7], `${what}: ${ended.err}`).toContain(ended.exit);
  if (ended.exit === 0) {
    const { version } = await settled(shop, ended, what);
    expect(version, what).toBe(verb === 'promote' ? promoted : before);
    return { exit: 0, version };
  }
  return { exit: ended.exit, version: await expectWaysOn(frozen, what, ended) };
}

async function settled(shop: SnowflakeShop, ended: Ended, what: string) {
  expect(ended, `${what}: ${ended.err}`).toMatchObject({ exit: 0 });
  await expectNothingLost(shop);
  return lookSettled(shop.shop, ended);
}

async function expectWaysOn({ shop, verb }: Frozen, what: string, ended: Ended): Promise<number | 'mixed'> {
  const { version } = await lookHalfway(shop, what);
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
