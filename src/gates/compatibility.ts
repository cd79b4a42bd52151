import { checkId, type NodeId } from '../domain/ids.ts';
import { isCallable } from '../domain/kind.ts';
import { displayName, sameName } from '../domain/relation.ts';
import type { CompatibilityAllowance } from '../domain/settings.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Column } from '../warehouse/port.ts';
import { typeChange } from './column-type.ts';
import type { Gate, GateFacts, GateIo } from './gate.ts';
import { published } from './published.ts';
import { shortNames } from './words.ts';

const TIMEOUT_MS = 60_000;

/** Something that readers of live would lose. */
export interface Loss {
  readonly change: CompatibilityAllowance['change'];
  /** null: the model as a whole. */
  readonly column: string | null;
  readonly says: string;
}

/** Nothing that readers use today goes away, unless somebody allowed it for a reason and until a day. */
export const compatibility: Gate = {
  name: 'compatibility',

  expect(facts) {
    const [replaced, removed] = [replacedNodes(facts), removedNodes(facts)];
    const short = shortNames([...replaced, ...removed]);
    const check = ({ id }: Named, at: 'built' | 'sealed', title: string) =>
      ({
        id: checkId(`compatibility:${short.get(id) ?? id}`),
        gate: 'compatibility',
        at,
        severity: 'fail',
        timeoutMs: TIMEOUT_MS,
        title,
        node: id,
      }) as const;
    return [
      ...replaced.map((node) => check(node, 'sealed', `${node.name} keeps the columns that readers use`)),
      ...removed.map((node) => check(node, 'built', `readers may do without ${node.name}`)),
    ];
  },

  async run(check, io) {
    if (check.node === null) return { verdict: 'error', because: 'the check names no node' };
    const removed = io.plan.removed.some(({ id }) => id === check.node);
    return removed ? judgeRemoval(check.node, io) : judgeColumns(check.node, io);
  },
};

interface Named {
  readonly id: NodeId;
  readonly name: string;
}

function replacedNodes({ plan, baseline }: GateFacts): readonly Named[] {
  const renamed = new Map(plan.renamed.map(({ from, to }) => [to, from]));
  return published(plan).filter(({ id }) => baseline?.nodes.get(renamed.get(id) ?? id)?.relation);
}

const removedNodes = ({ plan, baseline }: GateFacts): readonly Named[] =>
  plan.removed.map(({ id }) => ({ id, name: baseline?.nodes.get(id)?.name ?? id }));

function judgeRemoval(id: NodeId, io: GateIo): Verdict {
  const node = io.baseline?.nodes.get(id);
  const date = node?.deprecationDate ?? null;
  const expected = 'every model that readers use, or its removal in `compatibility: {allow: ...}`';
  if (date !== null && new Date(date) <= io.now) {
    return {
      verdict: 'pass',
      expected,
      observed: `${node?.name ?? id} goes away; its deprecation date ${date.slice(0, 10)} has passed`,
    };
  }
  const name = node?.name ?? id;
  const loss: Loss = { change: 'removed', column: null, says: `${name} goes away` };
  return weighLosses({ id, name }, [loss], io, expected);
}

function judgeColumns(id: NodeId, io: GateIo): Verdict {
  const from = io.plan.renamed.find(({ to }) => to === id)?.from ?? id;
  const [was, is] = [io.current?.relationOf(from), io.candidate.relationOf(id)];
  const [before, after] = [was && io.current?.catalog.find(was), is && io.candidate.catalog.find(is)];
  const expected =
    before && isCallable(before.kind)
      ? 'the arguments and the result that callers know'
      : 'every column that readers use, as wide as it is';
  if (!before)
    return {
      verdict: 'warn',
      expected,
      observed: 'live does not hold the relation, so that there is nothing to compare with',
    };
  if (!after) return { verdict: 'fail', expected, observed: 'no relation on the side that is to go live' };
  const name = io.manifest.nodes.get(id)?.name ?? id;
  const leaves = io.plan.announced.remove.some((relation) => sameName(relation, before.relation));
  const moved: readonly Loss[] = leaves
    ? [{ change: 'removed', column: null, says: `${displayName(before.relation)} goes away` }]
    : [];
  return weighLosses({ id, name }, [...moved, ...columnLosses(before.columns, after.columns)], io, expected);
}

/** What readers of the first columns lose when they get the second; new and wider columns lose them nothing. */
export function columnLosses(before: readonly Column[], after: readonly Column[]): readonly Loss[] {
  const left = new Map(after.map((column) => [column.name, column]));
  return before.flatMap((column): readonly Loss[] => {
    const now = left.get(column.name);
    if (!now) return [{ change: 'dropped', column: column.name, says: `${column.name} (${column.type}) is dropped` }];
    const change = typeChange(column.type, now.type);
    if (change === 'same' || change === 'widened') return [];
    return [{ change, column: column.name, says: `${column.name} is ${change} from ${column.type} to ${now.type}` }];
  });
}

function weighLosses(node: Named, losses: readonly Loss[], io: GateIo, expected: string): Verdict {
  const today = io.now.toISOString().slice(0, 10);
  const weighed = losses.map((loss) =>
    weigh(loss, allowanceFor(node, loss, io.settings.gates.compatibility.allow), today),
  );
  const said = weighed.map(({ says }) => says).join('; ');
  return {
    verdict: weighed.some(({ stops }) => stops) ? 'fail' : 'pass',
    expected,
    observed: said || 'all columns are there',
  };
}

function weigh(
  loss: Loss,
  allowance: CompatibilityAllowance | null,
  today: string,
): { readonly stops: boolean; readonly says: string } {
  if (!allowance) return { stops: true, says: loss.says };
  const { reason, until } = allowance;
  return until < today
    ? { stops: true, says: `${loss.says}, and its allowance (${reason}) expired on ${until}` }
    : { stops: false, says: `${loss.says}, allowed until ${until} (${reason})` };
}

/** The one that lasts longest, where several allow the same. An allowance without a column is for all of them. */
function allowanceFor(
  node: { readonly id: string; readonly name: string },
  loss: Pick<Loss, 'change' | 'column'>,
  allow: readonly CompatibilityAllowance[],
): CompatibilityAllowance | null {
  const fitting = allow.filter(
    (one) =>
      (one.node === node.name || one.node === node.id) &&
      one.change === loss.change &&
      // As people write it, whatever letters the engine keeps.
      (one.column === null || one.column.toLowerCase() === loss.column?.toLowerCase()),
  );
  return fitting.toSorted((a, b) => b.until.localeCompare(a.until))[0] ?? null;
}
