import { checkId } from '../domain/ids.ts';
import { contains, displayName, nameKey, type Relation } from '../domain/relation.ts';
import type { Catalog } from '../warehouse/port.ts';
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
    const views = io.candidate.catalog.relations.filter(({ kind }) => kind.includes('view'));
    const trouble = troubleIn(io);
    const faults = views.flatMap(({ relation }) => {
      const reads = io.candidate.catalog.readsOf(relation);
      const problems =
        reads === 'unreadable'
          ? ['reads what cannot be found out']
          : reads.flatMap((read) => trouble(read, relation) ?? []);
      return problems.map((problem) => `${displayName(relation)} ${problem}`);
    });
    const expected = `${counted(views.length, 'view')} that ${views.length === 1 ? 'reads' : 'read'} only what will be live`;
    return {
      verdict: faults.length > 0 ? 'fail' : 'pass',
      expected,
      observed: listed(faults, 20, '; ') || 'no other side is read',
    };
  },
};

/** What is wrong with a view reading a relation; null when nothing is. */
function troubleIn({ plan, candidate, current }: GateIo): (read: Relation, view: Relation) => string | null {
  const replaced = new Set([...plan.announced.replace, ...plan.announced.remove].map(nameKey));
  const here = placesOf(candidate.catalog);
  const dangled = danglingOn(current?.catalog ?? null);
  return (read, view) => {
    if (candidate.catalog.find(read)) return null;
    const name = displayName(read);
    if (here.has(placeKey(read))) return dangled(view, read) ? null : `reads ${name}, which is not there`;
    if (plan.idle.some((container) => contains(container, read)))
      return `reads ${name} of the idle side, which is not what goes live`;
    if (!plan.live.some((container) => contains(container, read))) return null;
    if (replaced.has(nameKey(read))) return `reads ${name}, which this release takes out of live`;
    return current?.catalog.find(read) ? null : `reads ${name}, which is not there`;
  };
}

/** A view that is as broken on live already is not broken by this release. */
function danglingOn(live: Catalog | null): (view: Relation, read: Relation) => boolean {
  const local = ({ schema, identifier }: Relation) => JSON.stringify([schema, identifier]);
  const lacking = new Set(
    (live?.relations ?? [])
      .filter(({ kind }) => kind.includes('view'))
      .flatMap(({ relation }) => {
        const reads = live?.readsOf(relation) ?? [];
        return reads === 'unreadable'
          ? []
          : reads.filter((read) => !live?.find(read)).map((read) => local(relation) + local(read));
      }),
  );
  return (view, read) => lacking.has(local(view) + local(read));
}

const placeKey = ({ location, database, schema }: Relation): string => JSON.stringify([location, database, schema]);

/** Where the side holds anything: a name there that it does not hold leads nowhere. */
const placesOf = (catalog: Catalog): ReadonlySet<string> =>
  new Set(catalog.relations.map(({ relation }) => placeKey(relation)));
