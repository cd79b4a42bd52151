import { expect } from 'vitest';
import { status } from '../../../src/cli/render/status.ts';
import type { Client } from '../../warehouses/bigquery/client.ts';
import type { BigqueryServer } from '../../warehouses/bigquery/server.ts';
import { type } from '../frozen/commands.ts';
import { readers, type Shop } from '../frozen/environment.ts';

/** What is looked at. */
interface Here {
  readonly shop: Shop;
  readonly guest: Client;
  readonly server: BigqueryServer;
}

/**
 * Looks where a cutover may have ended in its middle: what readers have is one release whole, which status names, or status
 * says that somebody has to finish it. Nothing that readers ask fails.
 */
export async function lookHalfway({ shop }: Here, what: string): Promise<{ version: number | 'mixed' }> {
  const versions = await readers(shop);
  const said = await type(shop, 'status', '--json');
  expect(said, `${what}, then status`).toMatchObject({ exit: 0 });
  const { inFlight, differs, live, next } = status.parse(JSON.parse(said.out));
  if ((inFlight?.done ?? 0) > 0 || differs !== null) {
    expect(next, what).toBe('lastgreen resume');
    return { version: 'mixed' };
  }
  expect(versions, `what readers have: ${what}`).toEqual([shop.versionOf(live?.sha ?? '')]);
  return { version: versions[0] ?? Number.NaN };
}

/** Every slot but the one that a release waits in holds what readers had, whole. */
export async function expectNothingLost({ shop, guest, server }: Here): Promise<void> {
  const [live = Number.NaN] = await readers(shop);
  const whole: number[] = [];
  for (const slot of ['blue', 'green', 'grey']) {
    const dataset = `\`${server.project}\`.analytics__${slot}`;
    const [row] = await guest.ask(
      `select max(o.version) as version, max(t.version) as told, max(t.said) as said from ${dataset}.orders o, ${dataset}.totals t`,
    );
    expect(row, `what lies in ${slot}`).toEqual({
      version: row?.['version'],
      told: row?.['version'],
      said: row?.['version'],
    });
    whole.push(Number(row?.['version']));
  }
  expect(
    whole.toSorted((a, b) => a - b),
    'releases that readers have, and that are kept',
  ).toEqual([1, 2, 3]);
  expect(whole).toContain(live);
}
