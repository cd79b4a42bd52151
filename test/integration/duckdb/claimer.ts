import { fence, releaseOf, sha } from '../../../src/domain/ids.ts';
import { connectDuckdb } from '../../../src/warehouse/duckdb/index.ts';
import { WarehouseError } from '../../../src/warehouse/port.ts';
import { sidesIn } from '../../contract/duckdb/house.ts';

/**
 * A controller that claims and marks as often as it can beside others. A mark of a lower fence that was not there when
 * its claim returned must never come: it counts those.
 */
export interface Claimed {
  readonly claims: readonly number[];
  readonly marks: number;
  readonly fenced: number;
  readonly late: readonly string[];
}

const [folder = '', rounds = '0'] = process.argv.slice(2);
const { live, idle } = sidesIn(folder);
const warehouse = connectDuckdb({ live, idle });
const claims: number[] = [];
const late: string[] = [];
let [marks, fenced] = [0, 0];

const orFenced = async <T>(attempt: () => Promise<T>): Promise<T | 'fenced'> => {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.is !== 'fenced') throw error;
    fenced += 1;
    return 'fenced';
  }
};

async function round(): Promise<void> {
  const mine = fence((await warehouse.standing()).claimed + 1);
  const first = await orFenced(() => warehouse.claim(mine, null));
  if (first === 'fenced') return;
  claims.push(mine);
  for (let i = 0; i < 5; i++) {
    const now = (await warehouse.standing()).mark?.fence ?? 0;
    if (now < mine && now !== first?.fence) late.push(`${now} after ${first?.fence} under ${mine}`);
  }
  const release = releaseOf(mine);
  const mark = {
    lineage: 'a',
    fence: mine,
    release,
    content: release,
    sha: sha('a'),
    back: false,
    previous: null,
    token: null,
    at: '',
  };
  const sent = await orFenced(() =>
    warehouse.cutover({ release, changes: [], visible: 0, mark, kept: [] }, { fence: mine, seal: null, live: null }),
  );
  if (sent !== 'fenced') marks += 1;
}

process.on('message', () => {
  const all = async () => {
    for (let i = 0; i < Number(rounds); i++) await round();
    process.send?.({ claims, marks, fenced, late } satisfies Claimed, () => process.disconnect());
  };
  void all();
});
process.send?.('ready');
