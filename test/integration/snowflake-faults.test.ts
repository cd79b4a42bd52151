import { afterAll, beforeAll, test } from 'vitest';
import { faultsOf, freeze, meet, told } from './snowflake/faults.ts';
import { makeSnowflakeShop, type SnowflakeShop } from './snowflake/shop.ts';

let shop: SnowflakeShop;
beforeAll(async () => {
  shop = await makeSnowflakeShop();
}, 100000);
afterAll(() => shop[Symbol.asyncDispose]());
test.each(['promote', 'rollback'] as const)(
  '%s',
  async (verb) => {
    const frozen = await freeze(shop, verb);
    for (const fault of faultsOf(frozen).filter(({ n }) => n >= Number(process.env.FROM ?? 0))) {
      const from = performance.now();
      try {
        const out = await meet(frozen, fault);
        console.log(told(fault), out.exit, out.version, (performance.now() - from).toFixed(0));
      } catch (error) {
        await shop.server.control.clearRules();
        console.log(
          told(fault),
          'WRONG',
          String(error).slice(0, 800),
          error.diff ?? JSON.stringify(error.actual)?.slice(0, 1500),
        );
      }
    }
  },
  3000000,
);
