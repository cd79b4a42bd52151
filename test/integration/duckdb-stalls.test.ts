import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, releaseOf } from '../../src/domain/ids.ts';
import { connectDuckdb } from '../../src/warehouse/duckdb/index.ts';
import { WarehouseError } from '../../src/warehouse/port.ts';
import { type DuckdbHouse, duckdbHouse, sidesIn } from '../contract/duckdb/house.ts';
import { Driver } from '../contract/warehouse/house.ts';
import { type Call, call, interruptedFiles } from './duckdb/dying.ts';

describe('a controller that stands still between two effects on files while another claims', {
  timeout: 120_000,
}, () => {
  let house: DuckdbHouse;
  let driver: Driver;
  beforeEach(async () => {
    house = await duckdbHouse();
    driver = new Driver(house);
    await driver.deploy(1, driver.orders([1]));
  });
  afterEach(() => house.dispose());

  /** What a reader and the mark said when the other's claim returned, and what they say once the first has gone on. */
  async function overtaken(at: number, one: Call, other: number) {
    const says = async () => ({ orders: await driver.readers(), mark: (await house.another.standing()).mark?.release });
    let atClaim: Awaited<ReturnType<typeof says>> | null = null;
    const files = interruptedFiles(at, async () => {
      await house.another.claim(fence(other), null);
      atClaim = await says();
    });
    const outcome = await call(connectDuckdb({ ...sidesIn(house.folder), files }), house.folder, one).then(
      () => 'done',
      (error: unknown) => (error instanceof WarehouseError ? error.is : String(error)),
    );
    return { outcome, atClaim, afterwards: await says() };
  }

  it('in a cutover changes nothing any more, wherever it stood', async () => {
    const outcomes: string[] = [];
    for (let at = 1, n = 2; outcomes.at(-1) !== 'done'; at++, n += 2) {
      const { seal, look } = await driver.build(n, driver.orders([n]));
      const plan = await driver.plan(n, seal.sides);
      const guard = { fence: fence(n), seal, live: look };
      const { outcome, atClaim, afterwards } = await overtaken(at, { do: 'cutover', plan, guard }, n + 1);
      outcomes.push(outcome);
      expect(afterwards).toEqual(atClaim ?? { orders: [n], mark: releaseOf(fence(n)) });
    }
    expect(outcomes.length).toBeGreaterThan(7);
    expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(['fenced']));
  });

  it('in a claim is fenced, or was first; the higher one alone may cut over', async () => {
    const outcomes: string[] = [];
    for (let at = 1, n = 2; ; at++, n += 2) {
      const { outcome, atClaim } = await overtaken(at, { do: 'claim', n }, n + 1);
      if (atClaim === null) break;
      outcomes.push(outcome);
      const mark = async (under: number) => {
        const plan = { ...(await driver.plan(under, house.live)), changes: [], visible: 0 };
        const sent = house.warehouse.cutover(plan, { fence: fence(under), seal: null, live: null });
        return sent.then(
          () => 'marked',
          (error: unknown) => (error instanceof WarehouseError ? error.is : String(error)),
        );
      };
      expect([await mark(n), await mark(n + 1)]).toEqual(['fenced', 'marked']);
    }
    expect(outcomes).toContain('fenced');
  });
});
