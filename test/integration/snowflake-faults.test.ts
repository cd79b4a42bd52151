import { afterAll, beforeAll, test } from 'vitest';
import { type Frozen, faultsOf, freeze, meet, told } from './snowflake/faults.ts';
import { makeSnowflakeShop, type SnowflakeShop } from './snowflake/shop.ts';

let shop: SnowflakeShop;
const all: Frozen[] = [];
beforeAll(async () => {
  shop = await makeSnowflakeShop();
  for (const verb of ['promote', 'rollback'] as const) all.push(await freeze(shop, verb));
}, 100000);
afterAll(() => shop[Symbol.asyncDispose]());
test.each(process.env['VERB'] ? [Number(process.env['VERB'])] : [1, 0])(
  '%s',
  async (verb) => {
    const frozen = all[verb]!;
    for (const fault of faultsOf(frozen).filter(({ n }) => n >= Number(process.env['FROM'] ?? 0) && n <= Number(process.env['TO'] ?? 1000))) {
      const from = performance.now();
      try {
        const out = await meet(frozen, fault);
        console.log(frozen.verb, told(fault), out.exit, out.version, (performance.now() - from).toFixed(0));
      } catch (error: any) {
        await shop.server.control.clearRules();
        console.log(
          frozen.verb,
          told(fault),
          'WRONG',
          String(error).slice(0, 800),
          error.stack, error.diff ?? JSON.stringify(error.actual)?.slice(0, 1500),
        );
      }
    }
  },
  3000000,
);
