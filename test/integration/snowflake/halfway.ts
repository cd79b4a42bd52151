import { expect } from 'vitest';
import { status } from '../../../src/cli/render/status.ts';
import type { Client } from '../../warehouses/snowflake/client.ts';
import { type } from '../frozen/commands.ts';
import { readers, type Shop } from '../frozen/environment.ts';

/** What is looked at. */
interface Here {
  readonly shop: Shop;
  readonly scope: 'table' | 'schema' | 'database';
  readonly guest: Client;
  readonly control: string;
}

/**
 * Looks where a request may have ended in its middle: what readers have is one release whole, which status names, or
 * status says that somebody has to finish it. Nothing that readers ask fails.
 */
export async function lookHalfway({ shop, scope }: Here, what: string): Promise<{ version: number | 'mixed' }> {
  const versions = await readers(shop);
  const said = await type(shop, 'status', '--json');
  expect(said, `${what}, then status`).toMatchObject({ exit: 0 });
  const { inFlight, differs, live, next } = status.parse(JSON.parse(said.out));
  if ((inFlight?.done ?? 0) > 0 || differs !== null) {
    expect(next, what).toBe('lastgreen resume');
    if (scope === 'database') expect(versions, `what readers have: ${what}`).toHaveLength(1);
    return { version: 'mixed' };
  }
  expect(versions, `what readers have: ${what}`).toEqual([shop.versionOf(live?.sha ?? '')]);
  return { version: versions[0] ?? Number.NaN };
}

/** Whatever readers have had lies where the record of kept sides says, and nothing else does. */
export async function expectNothingLost({ shop, guest, scope, control }: Here): Promise<void> {
  const [live = Number.NaN] = await readers(shop);
  const rows = await guest.ask(`select name, sha from ${control}.KEPT order by name`);
  const kept: number[] = [];
  for (const { name, sha } of rows) {
    const inside = scope === 'table' ? `SHOP."${String(name)}"` : `"${String(name)}".ANALYTICS`;
    const [orders] = await guest.ask(`select distinct version from ${inside}.ORDERS`);
    const version = Number(orders?.['version']);
    expect(version, `orders of ${String(name)}`).toBe(shop.versionOf(String(sha)));
    if (scope === 'table') {
      const [view] = await guest.ask(
        `select definition from ${control}.RESTING where schema_name = '${String(name)}' and name = 'TOTALS'`,
      );
      expect(view?.['definition'], `totals of ${String(name)}`).toContain(`${version} as said`);
    } else {
      const [view] = await guest.ask(`select version, said from ${inside}.TOTALS`);
      expect(view, `totals of ${String(name)}`).toEqual({ version, said: version });
    }
    kept.push(version);
  }
  const versions = [...kept, live].toSorted((a, b) => a - b);
  expect(versions, 'releases that readers have, and that are kept').toEqual(versions.length === 2 ? [1, 2] : [1, 2, 3]);
}
