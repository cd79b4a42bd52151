import { checkId } from '../domain/ids.ts';
import { exchangesAll, exchangesRelations } from '../domain/plan.ts';
import { contains, displayName, nameKey, type Relation } from '../domain/relation.ts';
import { place } from '../planning/names.ts';
import type { Gate, GateIo } from './gate.ts';
import { counted, listed } from './words.ts';

const TIMEOUT_MS = 120_000;

/** Nothing that goes live reads another side: the idle side by its name, or what the release replaces. */
export const references: Gate = {
  name: 'references',

  expect: ({ plan }) =>
    plan.kind === 'no-op'
      ? []
      : [
          {
            id: checkId('references'),
            gate: 'references',
            at: 'sealed',
            severity: 'fail',
            timeoutMs: TIMEOUT_MS,
            title: 'no view that goes live reads another side',
            node: null,
          },
        ],

  async run(_, io) {
    const readers = io.candidate.catalog.relations.filter(({ kind }) => kind.includes('view') || kind === 'function');
    const trouble = troubleIn(io);
    const bindable = bindableIn(io);
    const faults = readers.flatMap(({ relation }) => {
      const read = io.candidate.catalog.readsOf(relation);
      const problems =
        read === 'unreadable'
          ? ['reads what cannot be found out']
          : bindable(relation)
            ? read.flatMap((one) => trouble(one, relation) ?? [])
            : ['names what it reads in a way that cannot be turned into the names that readers use'];
      return problems.map((problem) => `${displayName(relation)} ${problem}`);
    });
    const expected = `${counted(readers.length, 'view')} that ${readers.length === 1 ? 'reads' : 'read'} only what will be live`;
    return {
      verdict: faults.length > 0 ? 'fail' : 'pass',
      expected,
      observed: listed(faults, 20, '; ') || 'no view reads another side',
    };
  },
};

/** What is wrong with a view reading a relation; null when nothing is. */
function troubleIn(io: GateIo): (read: Relation, by: Relation) => string | null {
  const { plan, candidate, current, direction } = io;
  const staying = stayingIn(io);
  // Where whole schemas go, the text of a view that is carried names live, and reads what has that name then.
  const leaving = plan.exchange === 'schema' ? [] : plan.announced.replace;
  const replaced = new Set([...leaving, ...plan.announced.remove].map(nameKey));
  const here = new Set(candidate.catalog.relations.map(({ relation }) => placeKey(relation)));
  const own = new Set(candidate.catalog.relations.map(({ relation }) => localKey(relation)));
  const onLive = new Set((current?.catalog.relations ?? []).map(({ relation }) => localKey(relation)));
  return (read, by) => {
    const name = displayName(read);
    if (staying(read, by)) return `reads ${name} of the idle side, which is not what goes live`;
    if (candidate.catalog.find(read)) return null;
    // What live does not have either is no relation (a file, a system view), or as broken there already.
    if (here.has(placeKey(read)))
      return onLive.has(localKey(read)) ? `reads ${name}, which live will not have any more` : null;
    if (plan.idle.some((container) => contains(container, read)))
      return `reads ${name} of the idle side, which is not what goes live`;
    const live = plan.live.find((container) => contains(container, read));
    if (!live) return null;
    // What was live has live's name again once it comes back; a scheduled build on live writes names in full.
    if (direction === 'back' && live.schema === null)
      return own.has(localKey(read)) ? null : `reads ${name}, which live will not have any more`;
    return replaced.has(nameKey(read)) ? `reads ${name}, which this release takes out of live` : null;
  };
}

/** Where relations go one by one: what goes reads what is beside it and does not, such as a function that a hook has made. */
function stayingIn({ plan, candidate, direction }: GateIo): (read: Relation, by: Relation) => boolean {
  if (direction === 'back' || !exchangesRelations(plan.exchange)) return () => false;
  const going = new Set(
    [...plan.nodes, ...plan.carried].flatMap(({ id }) => candidate.relationOf(id) ?? []).map(nameKey),
  );
  return (read, by) => going.has(nameKey(by)) && !going.has(nameKey(read)) && candidate.catalog.find(read) !== null;
}

/** Where views are bound to live names at the cutover: whether the text can say the same under live names. */
function bindableIn({ plan, candidate: { catalog }, direction }: GateIo): (view: Relation) => boolean {
  if (!catalog.rewritten || direction === 'back' || exchangesAll(plan.exchange)) return () => true;
  const names =
    plan.exchange === 'schema'
      ? catalog.relations.map(({ relation }) => [relation, place(relation, plan.idle, plan.live)] as const)
      : [...plan.nodes, ...plan.carried].flatMap(({ idle, live }) => (idle && live ? [[idle, live] as const] : []));
  const liveOf = new Map(names.map(([idle, live]) => [nameKey(idle), live]));
  return (view) => {
    const live = liveOf.get(nameKey(view));
    return live === undefined || catalog.rewritten?.(view, live, names) !== null;
  };
}

const placeKey = ({ location, database, schema }: Relation): string => JSON.stringify([location, database, schema]);

/** The name without the place, which differs between the sides; engines that compare names do so without their case. */
const localKey = ({ schema, identifier }: Relation): string => JSON.stringify([schema, identifier]).toLowerCase();
