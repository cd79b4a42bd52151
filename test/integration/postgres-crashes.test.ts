import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, start, type } from './frozen/commands.ts';
import { look, lookSettled } from './frozen/truth.ts';
import type { Course, Sent } from './postgres/proxy.ts';
import { type Kept, makePostgresShop, type PostgresShop } from './postgres/shop.ts';

const patience = 600_000;
const [older, before, promoted] = [1, 2, 3];

let shop: PostgresShop;
const frozen = new Map<string, Kept>();
/** What a command sends that changes something, in order. */
const effects = new Map<string, readonly Sent[]>();

beforeAll(async () => {
  shop = await makePostgresShop();
  // A rollback is typed where a promote has been.
  for (const verb of ['promote', 'rollback']) {
    frozen.set(verb, await shop.keep(verb));
    shop.proxy.watch({});
    const { exit, err } = await type(shop.shop, verb);
    if (exit !== 0) throw new Error(err);
    effects.set(verb, shop.proxy.sent);
  }
}, patience);
afterEach(() => shop.proxy.watch(null));
afterAll(() => shop[Symbol.asyncDispose]());

function get<T>(map: ReadonlyMap<string, T>, key: string): T {
  const found = map.get(key);
  if (found === undefined) throw new RangeError(`there is no ${key}`);
  return found;
}

const isCutover = ({ sql }: Sent): boolean => sql.includes('lastgreen.set_mark');
const cutoverOf = (verb: string): number => get(effects, verb).find(isCutover)?.n ?? Number.NaN;

/** Where something happens to the statement with a number: before the server has it, or when only its answer is missing. */
interface Moment {
  readonly n: number;
  readonly when: 'before' | 'after';
}

const every = (verb: string): readonly Moment[] =>
  get(effects, verb).flatMap(({ n }): readonly Moment[] => [
    { n, when: 'before' },
    { n, when: 'after' },
  ]);

const at = ({ n, when }: Moment, happens: (sent: Sent) => Promise<Course>): void =>
  shop.proxy.watch({
    [when]: async (sent: Sent): Promise<Course> => (sent.n === n ? happens(sent) : 'on'),
  });

/** The built command, killed at a moment. */
async function killed(verb: string, moment: Moment): Promise<void> {
  let kill = () => {};
  at(moment, async () => {
    kill();
    return 'cut';
  });
  const started = await start(shop.shop, [verb], {});
  kill = () => void started.process.kill('SIGKILL');
  expect(await started.process).toMatchObject({ signal: 'SIGKILL' });
}

/** Ends the session that a statement comes from, as an administrator or a failing network would. */
async function terminated({ from }: Sent): Promise<Course> {
  await shop.run(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where client_port = ${from}`);
  return 'on';
}

const settled = async (ended: Ended) => {
  expect(ended).toMatchObject({ exit: 0 });
  return lookSettled(shop.shop, ended);
};

/** After whatever happened: status tells the truth, and both ways on end right. */
async function expectWaysOn(verb: string, what: string): Promise<void> {
  const { version } = await look(shop.shop);
  expect([before, promoted], what).toContain(version);
  const kept = await shop.keep('crashed');
  const resumed = await settled(await type(shop.shop, 'resume'));
  expect(resumed, `${what}, then resume`).toMatchObject({ version, status: { live: { state: 'green' } } });
  await shop.putBack(kept);
  const back = await settled(await type(shop.shop, 'rollback'));
  const to = verb === 'rollback' || version === promoted ? before : older;
  expect(back, `${what}, then rollback`).toMatchObject({ version: to, status: { live: { state: 'green' } } });
  expect(back.status.hold).not.toBeNull();
}

/** The command itself, to an end that it knows how to tell. */
async function expectToldEnd(verb: string, what: string): Promise<number> {
  const ended = await type(shop.shop, verb);
  shop.proxy.watch(null);
  expect([0, 4, 6, 7], `${what}: ${ended.err}`).toContain(ended.exit);
  const version = ended.exit === 0 ? (await lookSettled(shop.shop, ended)).version : null;
  expect([verb === 'promote' ? promoted : before, null], what).toContain(version);
  if (version === null) await expectWaysOn(verb, what);
  return ended.exit;
}

describe.each(['promote', 'rollback'])('a %s', (verb) => {
  const told = ({ n, when }: Moment): string => `${when} statement ${n} of the ${verb}`;

  test('that is killed at any statement leaves one whole side, and can be finished or taken back', {
    timeout: patience,
  }, async () => {
    // After one is before the next, but for the cutover, whose end nobody has written down then.
    const moments = every(verb).filter(({ n, when }) => when === 'before' || n === cutoverOf(verb));
    for (const moment of moments) {
      await shop.putBack(get(frozen, verb));
      await killed(verb, moment);
      shop.proxy.watch(null);
      await expectWaysOn(verb, `killed ${told(moment)}`);
    }
    // The claim's three, and the cutover before and after.
    expect(moments.length).toBeGreaterThanOrEqual(5);
  });

  test('whose session is ended at any statement comes to an end that it tells rightly', {
    timeout: patience,
  }, async () => {
    const exits: number[] = [];
    for (const moment of every(verb)) {
      await shop.putBack(get(frozen, verb));
      at(moment, async (sent) => {
        await terminated(sent);
        return moment.when === 'after' ? 'cut' : 'on';
      });
      exits.push(await expectToldEnd(verb, `session ended ${told(moment)}`));
    }
    process.stdout.write(`${verb}: session ended at ${exits.length} moments; exits ${exits.join(' ')}\n`);
  });

  test.each(['fast', 'immediate'] as const)(
    'during which the server is restarted at any statement (%s) comes to an end that it tells rightly',
    {
      timeout: patience,
    },
    async (how) => {
      // A server that was told to stop before each statement, and one that crashed after it.
      const moments = every(verb).filter(({ when }) => when === (how === 'fast' ? 'before' : 'after'));
      expect(moments.length).toBeGreaterThan(3);
      for (const moment of moments) {
        await shop.putBack(get(frozen, verb));
        at(moment, async () => {
          await shop.server.restart(how);
          return 'cut';
        });
        await expectToldEnd(verb, `restarted ${told(moment)}`);
      }
    },
  );
});
