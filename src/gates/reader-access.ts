import { checkId } from '../domain/ids.ts';
import type { Lack } from '../domain/lack.ts';
import type { Gate } from './gate.ts';
import { counted, listed } from './words.ts';

const TIMEOUT_MS = 120_000;

/**
 * Whoever reads what is live can read what comes. Only where readers use views: there they need rights on more than what they
 * name.
 */
export const readerAccess: Gate = {
  name: 'reader access',

  expect: ({ plan }) =>
    plan.exchange !== 'view' || plan.kind === 'no-op'
      ? []
      : [
          {
            id: checkId('reader access'),
            gate: 'reader access',
            at: 'sealed',
            severity: 'fail',
            timeoutMs: TIMEOUT_MS,
            title: 'whoever reads what is live can read what comes',
            node: null,
          },
        ],

  unaskable: ({ plan, settings }) =>
    plan.exchange !== 'view' && settings.gates.readerAccess.readers.length > 0
      ? [
          '`gates: {reader_access: {readers: ...}}` can be asked only where readers use views over the side that is live',
        ]
      : [],

  async run(_, { readerAccess: ask, settings }) {
    const { readers } = settings.gates.readerAccess;
    if (ask === null) return { verdict: 'inconclusive', because: 'nobody can tell who may read what' };
    const lacks = await ask();
    const expected = `nobody kept out${readers.length === 0 ? '' : ` (${counted(readers.length, 'listed reader')})`}`;
    const verdict = lacks.some(isBad) ? 'fail' : lacks.length > 0 ? 'warn' : 'pass';
    return { verdict, expected, observed: listed(lacks.map(told), 20, '; ') || 'nobody is kept out' };
  },
};

const isBad = ({ severity }: Lack): boolean => severity === 'bad';

/** Several of them stand in one line, with semicolons between them. */
const told = ({ what, next }: Lack): string => `${what} -> ${next.replace(/;$/, '')}`;
