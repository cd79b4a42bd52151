import type { Smoke } from '../../domain/settings.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { GateIo } from '../gate.ts';
import { counted } from '../words.ts';
import { shown } from './result-set.ts';
import { candidateOf, forSide } from './sql.ts';

/** Rows that are fetched at most: enough to see what is wrong. */
const MOST = 100;
const SHOWN = 3;

/** SQL that returns bad rows, on the side that goes live. */
export async function findOffending(asked: Extract<Smoke, { form: 'offending' }>, io: GateIo): Promise<Verdict> {
  const plain = forSide(asked.sql, candidateOf(io), null).replace(/[\s;]+$/, '');
  const sql = `select * from (\n${plain}\n) as offending limit ${MOST + 1}`;
  const rows = await io.candidate.query(sql, io.signal);
  const expected = 'no offending row';
  if (rows.length === 0) return { verdict: 'pass', expected, observed: expected, sql };
  const many = rows.length > MOST ? `more than ${counted(MOST, 'row')}` : counted(rows.length, 'row');
  const shown = rows.slice(0, SHOWN).map(sentence).join('; ');
  return { verdict: 'fail', expected, observed: `${many}, such as ${shown}`, sql };
}

const sentence = (row: Readonly<Record<string, unknown>>): string =>
  Object.entries(row)
    .map(([column, value]) => `${column} ${shown(value)}`)
    .join(', ');
