import type { Smoke } from '../../domain/settings.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { GateIo } from '../gate.ts';
import { counted, listed, percent } from '../words.ts';
import { differences } from './result-set.ts';
import { candidateOf, currentOf, forSide, holds } from './sql.ts';

/** Differences that are told: enough to see what is wrong. */
const SHOWN = 2;

/** One query on both sides, compared here: neither side ever reads the other. */
export async function compareBothSides(asked: Extract<Smoke, { form: 'compare' }>, io: GateIo): Promise<Verdict> {
  const [candidate, current] = [candidateOf(io), currentOf(io)];
  if (!current) return { verdict: 'inconclusive', because: 'nothing was live before that could be compared with' };
  const sql = forSide(asked.sql, candidate, asked.node);
  if (!holds(current, asked.node))
    return {
      verdict: 'inconclusive',
      because: `${current.called} does not hold ${asked.node}, so that there is nothing to compare with`,
    };
  const [mine, theirs] = await Promise.all([
    candidate.side.query(sql, io.signal),
    current.side.query(forSide(asked.sql, current, asked.node), io.signal),
  ]);
  if (mine.length === 0 && theirs.length === 0) {
    return {
      verdict: 'inconclusive',
      because: 'the query returned no row on either side, so that nothing was compared',
    };
  }
  const found = differences(mine, theirs, asked.within);
  const expected =
    asked.within === 0
      ? 'the same result on both sides'
      : `the same result on both sides within ${percent(asked.within)}`;
  if (found.length === 0)
    return { verdict: 'pass', expected, observed: `${counted(mine.length, 'row')} without a difference`, sql };
  return { verdict: 'fail', expected, observed: listed(found, SHOWN, '; '), sql };
}
