import * as z from 'zod';
import type { Smoke } from '../../domain/settings.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { GateIo } from '../gate.ts';
import { counted, moreOrFewer } from '../words.ts';
import { type Asked, candidateOf, currentOf, forSide, holds } from './sql.ts';

const SQL = 'select count(*) as row_count from {relation}';

/** One row with one value, under whatever case the engine gives its name. */
const answer = z.tuple([z.record(z.string(), z.union([z.bigint(), z.number(), z.string().regex(/^\d+$/)]))]);

/** The number of rows against live's, within the fractions that the check allows. */
export async function countBothSides(asked: Extract<Smoke, { form: 'rows' }>, io: GateIo): Promise<Verdict> {
  const [candidate, current] = [candidateOf(io), currentOf(io)];
  if (!current) return { verdict: 'inconclusive', because: 'nothing was live before that could be compared with' };
  const sql = forSide(SQL, candidate, asked.node);
  if (!holds(current, asked.node))
    return {
      verdict: 'inconclusive',
      because: `${current.called} does not hold ${asked.node}, so that there is nothing to compare with`,
    };
  const [mine, theirs] = await Promise.all([
    count(candidate, sql, io.signal),
    count(current, forSide(SQL, current, asked.node), io.signal),
  ]);
  const rows = counted(mine, 'row');
  if (theirs === 0 && mine > 0) {
    return {
      verdict: 'inconclusive',
      because: `${current.called} has no rows, so that a change in percent says nothing; now there are ${rows}`,
    };
  }
  const change = theirs === 0 ? 0 : (mine - theirs) / theirs;
  const before = `${io.at === 'live' ? 'the' : "live's"} ${theirs.toLocaleString('en-US')}${io.at === 'live' ? ' before' : ''}`;
  return {
    verdict: change < asked.min || change > asked.max ? 'fail' : 'pass',
    expected: `between ${moreOrFewer(asked.min)} and ${moreOrFewer(asked.max)}`,
    observed: change === 0 ? `${rows}, as many as before` : `${rows}, ${moreOrFewer(change)} than ${before}`,
    sql,
  };
}

async function count({ side, called }: Asked, sql: string, signal: AbortSignal): Promise<number> {
  const rows = answer.safeParse(await side.query(sql, signal));
  const value = rows.success ? Object.values(rows.data[0])[0] : undefined;
  if (value === undefined) throw new Error(`${called} did not answer ${sql} with a number`);
  return Number(value);
}
