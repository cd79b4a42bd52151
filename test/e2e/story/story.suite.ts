import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { history } from '../../../src/cli/render/history.ts';
import { show } from '../../../src/cli/render/show.ts';
import { status } from '../../../src/cli/render/status.ts';
import { type Chapter, chapters } from '../../story/chapters.ts';
import type { Ended } from '../../story/command.ts';
import type { EngineName } from '../../story/engines.ts';
import { openStage, type Stage } from '../../story/stage.ts';

// dbt starts a dozen times, and other tests run beside it.
const patience = 600_000;

/** What the tests ask of an engine, beside what its reader asks. */
export interface Probe {
  readonly engine: EngineName;
  /** A text over all rows of `t`, equal only for equal rows. */
  readonly rows: string;
  /** What could be gone back to after all that, beside what is live; r1 when left out: all of it is kept. */
  readonly furthest?: string | null;
  /** The query that gives the `name`s of what readers use; the standard one when left out. */
  readonly names?: string;
  /** What readers get by its identity: equal only while nothing was cut over. */
  readonly live: (stage: Stage) => Promise<string>;
}

const standard =
  "select lower(table_schema || '.' || table_name) as name from information_schema.tables where lower(table_schema) like 'analytics%' and table_schema not like '%!_!_%' escape '!' order by 1";

/** The whole story on an engine, with real dbt, git and data. */
export function tellsTheStory({ engine, rows: hash, names: asking = standard, furthest = 'r1', live }: Probe): void {
  let stage: Stage;
  /** What the story said so far; told with whatever is not as it should be. */
  let told = '';
  beforeAll(async () => {
    stage = await openStage({ engine, print: (text) => (told += text) });
  }, patience);
  afterAll(() => stage[Symbol.asyncDispose](), patience);

  async function play(chapter: Chapter): Promise<readonly Ended[]> {
    try {
      return await stage.play(chapter);
    } catch (error) {
      throw new Error(told, { cause: error });
    }
  }

  /** The document of a command. */
  async function document<T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> {
    const { stdout } = await stage.run(...args, '--json');
    return schema.parse(JSON.parse(stdout));
  }

  /** How many rows each relation has and a hash of them all: equal only for equal rows. */
  async function rows(): Promise<Readonly<Record<string, string>>> {
    const names = (await stage.ask(asking)).map((row) => String(row['name']));
    const [row] = await stage.ask(
      `select ${names.map((name, n) => `(select ${hash} from ${name} as t) as c${n}`).join(', ')}`,
    );
    return Object.fromEntries(names.map((name, n) => [name, String(row?.[`c${n}`])]));
  }

  /** The nodes that dbt built, by what the command said while it ran. */
  const built = ({ stderr }: Ended): readonly string[] =>
    [...stderr.matchAll(/^ +\d+\/\d+ {2}(\w+) {2}success/gm)].map((match) => match[1] ?? '').toSorted();

  const last = (ended: readonly Ended[]): Ended => {
    const one = ended.at(-1);
    if (!one) throw new Error('the chapter has no commands');
    return one;
  };

  const releases = async () => (await document(history, 'history')).entries;
  const newest = async () => {
    const [entry] = await releases();
    if (!entry) throw new Error('nothing was released');
    return entry;
  };

  describe(`the story on ${engine}, with real dbt, git and data`, { timeout: patience }, () => {
    let first: Readonly<Record<string, string>>;
    let second: Readonly<Record<string, string>>;

    test('the first release builds everything and is green', async () => {
      const [deploy] = await play(chapters[0]);
      expect(deploy?.stderr).toMatch(/^ {2}tests {10}27 pass {2}/m);
      expect(deploy?.stderr.split('\n').length, 'lines of a log that somebody has to read').toBeLessThan(45);
      first = await rows();
      expect(Object.keys(first)).toHaveLength(14);
      expect((await document(status, 'status')).outcome).toBe('green');
    });

    test('a commit that changes two models builds them and what is downstream, and nothing else', async () => {
      const ended = await play(chapters[1]);
      const downstream = ['customer_revenue', 'daily_sales', 'fct_orders', 'revenue_by_country', 'stg_orders'];
      expect(built(last(ended))).toEqual(downstream);
      const { plan } = await document(show, 'show');
      expect(plan?.nodes.map(({ name }) => name).toSorted()).toEqual(downstream);
      const why = Object.fromEntries(
        plan?.nodes.map((node) => [node.name, node.why.map((reason) => reason.why)]) ?? [],
      );
      expect(why).toEqual({
        stg_orders: ['body'],
        fct_orders: ['upstream'],
        daily_sales: ['upstream'],
        revenue_by_country: ['upstream'],
        customer_revenue: ['body', 'upstream'],
      });
      second = await rows();
      const changed = Object.keys(second).filter((name) => second[name] !== first[name]);
      expect(new Set(changed.map((name) => name.split('.')[1]))).toEqual(new Set(downstream));
    });

    test('a commit with a bug that dbt does not notice is not shipped', async () => {
      const side = await live(stage);
      const [deploy] = await play(chapters[2]);
      expect(deploy?.stderr).toContain('smoke:orders kept');
      expect(deploy?.stderr).toContain('12.5 % fewer');
      expect(deploy?.stderr.match(/and 22 more/g)).toHaveLength(1);
      expect(deploy?.stderr).toContain('r5 was stopped: smoke:orders kept failed; smoke:revenue by country failed.\n');
      expect(await newest()).toMatchObject({ state: 'rejected', live: false, liveAt: null });
      expect(await live(stage)).toBe(side);
      expect(await rows()).toEqual(second);
    });

    test('a release that turns out wrong is rolled back, and held until a person or a fix ends it', async () => {
      const before = (await releases()).find((entry) => entry.live)?.id;
      const [deploy, rollback, held, released] = await play(chapters[3]);
      expect(deploy?.stdout).toContain('is live and green');
      expect(rollback?.stdout).toContain(`Back on ${before}`);
      expect(rollback?.stdout).toMatch(
        new RegExp(`^Rows go back to .*\\d\\d:\\d\\d.*, when ${before} was live last:$`, 'm'),
      );
      expect(rollback?.stdout).toContain('until a commit corrects or reverts fct_orders');
      expect(rollback?.stdout).not.toContain('Not by');
      expect(held?.stderr).toContain('fct_orders');
      expect(released?.stdout).toMatch(/^The hold on r\d+ is released; deploy and promote may go on\.$/m);
      for (const { stdout, stderr } of [deploy, rollback, held].filter((one) => one !== undefined))
        expect(stdout + stderr, 'times are those of the clock on the wall').not.toMatch(/\dT\d\d:\d\d:\d\d/);
      expect(await rows()).toEqual(second);
      expect((await document(status, 'status')).hold).toBeNull();
    });

    test('a release whose live check fails is taken back by itself', async () => {
      const [deploy] = await play(chapters[4]);
      expect(deploy?.stderr).toMatch(/^plan {6}against r3 \(live as r\d+\)$/m);
      expect(deploy?.stderr).toMatch(/^watch {5}done in .*: 1 round, 1 fail$/m);
      expect(deploy?.stderr).toContain('taken back to r3: smoke:dashboard adds up@live failed.\nA hold stops deploy');
      expect(await rows()).toEqual(second);
      const now = await document(status, 'status');
      expect(now.outcome).toBe('rolled-back');
      expect(now.hold).not.toBeNull();
    });

    test('building the green commit again gives equal rows, and history tells all of it', async () => {
      const before = await document(status, 'status');
      const [rebuild, told] = await play(chapters[5]);
      expect(await rows()).toEqual(second);
      expect(rebuild?.stderr).toMatch(/^plan {6}r3 at \w{8} again$/m);
      expect(rebuild?.stdout).toContain('Not by swap back: r3 is live already.');
      expect(told?.stdout).toMatch(/ {2}back to r3 \(smoke:dashboard adds up@live failed; replaced by r\d+\)$/m);
      const after = await document(status, 'status');
      expect(after.live?.subject).toBe(before.live?.subject);
      expect(after.further?.release ?? null).toBe(furthest);
      expect(after.live).toMatchObject({ content: before.live?.content, state: 'green' });
      // What was taken back is still not to be shipped again.
      expect(after.hold).toEqual(before.hold);
      const entries = (await releases()).map(({ kind, state }) => `${kind} ${state}`);
      expect(entries.toReversed()).toEqual([
        'deploy green',
        'deploy green',
        'deploy rejected',
        'deploy reverted',
        expect.stringMatching(/^rollback /),
        'deploy reverted',
        expect.stringMatching(/^rollback /),
        'rollback green',
      ]);
    });

    test('the reader read all the time, and saw no error and no mix', async () => {
      const report = await stage.reader.stop();
      expect(report).toMatchObject({ errors: 0, messages: [], mixed: 0, mixes: [] });
      expect(report.queries).toBeGreaterThan(500);
      expect(report.openings).toBeGreaterThan(100);
    });
  });
}
