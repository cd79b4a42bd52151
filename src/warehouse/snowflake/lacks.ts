import type { Lack } from '../../domain/lack.ts';
import type { AccountFacts, Entrance, RelationFacts } from './facts.ts';
import { typed } from './rights.ts';

/** Without these two nothing can be looked at. */
export function entranceLacks({
  role,
  database,
  mayUse,
  warehouse: found,
  wantedWarehouse,
}: Entrance): readonly Lack[] {
  return [
    ...lackIf(!mayUse, {
      what: `${typed(role)} may not use database ${typed(database)}, or there is none of this name`,
      next: `GRANT USAGE, CREATE SCHEMA ON DATABASE ${typed(database)} TO ROLE ${typed(role)};`,
    }),
    ...lackIf(found === null, {
      what: `${typed(role)} has no warehouse to build on: ${wantedWarehouse === null ? 'neither the target nor the user names one' : `it may not use ${typed(wantedWarehouse)}, or there is none of this name`}`,
      next:
        wantedWarehouse === null
          ? 'give the target in profiles.yml a `warehouse:`'
          : `GRANT USAGE ON WAREHOUSE ${typed(wantedWarehouse)} TO ROLE ${typed(role)};`,
    }),
  ];
}

/** What is missing or odd, in the order in which a release would meet it. */
export const lacksOf = (facts: AccountFacts): readonly Lack[] => [
  ...warehouse(facts),
  ...schemas(facts),
  ...ownership(facts),
  ...leftBehind(facts),
  ...policies(facts),
  ...sight(facts),
  ...retention(facts),
];

const some = (all: readonly string[], most = 3): string =>
  all.length > most ? `${all.slice(0, most).join(', ')} and ${all.length - most} more` : all.join(', ');

const lackIf = (is: boolean, lack: Omit<Lack, 'severity'> & Partial<Pick<Lack, 'severity'>>): readonly Lack[] =>
  is ? [{ severity: 'bad', ...lack }] : [];

/** What many statements of one kind are typed as: the first, and that there are more. */
const each = ([first, ...others]: readonly string[]): string =>
  `${first ?? ''}${others.length > 0 ? ' and so on for each' : ''}`;

/** As an account has it by default, seconds. */
const SUSPENDS_AFTER = 600;

function warehouse({ warehouse: found }: AccountFacts): readonly Lack[] {
  const { suspendsAfter: after } = found;
  const name = typed(found.name);
  return [
    ...lackIf(!found.resumes, {
      severity: 'warn',
      what: `warehouse ${name} does not resume by itself: once it is suspended, releases fail`,
      next: `ALTER WAREHOUSE ${name} SET AUTO_RESUME = TRUE;`,
    }),
    ...lackIf(after === null || after > SUSPENDS_AFTER, {
      severity: 'warn',
      what: `warehouse ${name} (${found.size}) goes on costing ${after === null ? 'for ever' : `for ${after} seconds`} after the last statement of a release`,
      next: `ALTER WAREHOUSE ${name} SET AUTO_SUSPEND = 60;`,
    }),
  ];
}

function schemas(facts: AccountFacts): readonly Lack[] {
  const { role, database, mayMakeSchemas, maySwap, swapsSchemas, schemas: live, foreignSchemas } = facts;
  const at = (name: string): string => typed(database, name);
  const closed = live.filter(({ lacks }) => lacks.length > 0);
  const fixed = live.filter(({ isOwn }) => swapsSchemas && !isOwn);
  const managed = live.filter(({ isOwn, managed: is }) => is && !isOwn && !swapsSchemas);
  const take = (names: readonly { readonly name: string }[]): string =>
    each(names.map(({ name }) => `GRANT OWNERSHIP ON SCHEMA ${at(name)} TO ROLE ${typed(role)} COPY CURRENT GRANTS;`));
  return [
    ...lackIf(!maySwap, {
      what: `only an owner can swap database ${typed(database)}, and ${typed(role)} is none`,
      next: `GRANT OWNERSHIP ON DATABASE ${typed(database)} TO ROLE ${typed(role)} COPY CURRENT GRANTS;`,
    }),
    ...lackIf(fixed.length > 0, {
      what: `only an owner can swap a schema, and ${some(fixed.map(({ name, owner }) => `${typed(name)} belongs to ${typed(owner)}`))}`,
      next: take(fixed),
    }),
    ...lackIf(!mayMakeSchemas, {
      what: `${typed(role)} may not create schemas in database ${typed(database)}, and releases are built in schemas of their own`,
      next: `GRANT CREATE SCHEMA ON DATABASE ${typed(database)} TO ROLE ${typed(role)};`,
    }),
    ...lackIf(closed.length > 0, {
      what: `${typed(role)} may not create relations in ${some(closed.map(({ name }) => typed(name)))}, which readers use`,
      next: each(
        closed.map(({ name, lacks }) => `GRANT ${lacks.join(', ')} ON SCHEMA ${at(name)} TO ROLE ${typed(role)};`),
      ),
    }),
    ...lackIf(managed.length > 0, {
      severity: 'warn',
      what: `${some(managed.map(({ name, owner }) => `access to ${typed(name)} is managed by ${typed(owner)}`))}: ${typed(role)} may grant nothing there, and a view that is to be granted on anew would stop a cutover`,
      next: take(managed),
    }),
    ...lackIf(foreignSchemas.length > 0, {
      what: `${some(foreignSchemas.map(({ name, owner }) => `schema ${typed(name)} belongs to ${typed(owner)}`))}, and is for lastgreen itself`,
      next: take(foreignSchemas),
    }),
  ];
}

function ownership({ role, database, foreignRelations: found }: AccountFacts): readonly Lack[] {
  const owners = [...new Set(found.map(({ owner }) => typed(owner)))];
  const word = ({ kind }: RelationFacts): string => kind.toUpperCase();
  return lackIf(found.length > 0, {
    what: `${found.length === 1 ? 'a relation belongs' : `${found.length} relations belong`} to ${some(owners)}, and only an owner can swap, rename or replace ${found.length === 1 ? 'it' : 'them'}: ${some(found.map(({ name }) => typed(...name)))}`,
    next: each(
      found.map(
        (one) =>
          `GRANT OWNERSHIP ON ${word(one)} ${typed(database, ...one.name)} TO ROLE ${typed(role)} COPY CURRENT GRANTS;`,
      ),
    ),
  });
}

function leftBehind({ leftBehind: found, swapsSchemas }: AccountFacts): readonly Lack[] {
  return lackIf(found.length > 0, {
    what: `whole ${swapsSchemas ? 'schemas' : 'databases'} cannot change places here: ${some(found)}`,
    next: 'let tables change places instead (`idle: {schema: ...}` in lastgreen.yml), or move these elsewhere',
  });
}

function policies({ role, hidden }: AccountFacts): readonly Lack[] {
  return lackIf(hidden.length > 0, {
    what: `on ${some(hidden.map((name) => typed(...name)))} there is a policy or a tag that ${typed(role)} may not see, and could not put on what replaces ${hidden.length === 1 ? 'it' : 'them'}`,
    next: `GRANT APPLY ON MASKING POLICY (or ROW ACCESS POLICY, AGGREGATION POLICY, TAG) NAME TO ROLE ${typed(role)};`,
  });
}

function sight({ role, database, warehouse: found, history, lastChange }: AccountFacts): readonly Lack[] {
  return [
    ...lackIf(!history, {
      what: `${typed(role)} may not read the history of queries: nobody could tell whether an older cutover still runs, nor end what a dbt that died left running`,
      next: `GRANT MONITOR ON WAREHOUSE ${typed(found.name)} TO ROLE ${typed(role)};`,
    }),
    ...lackIf(lastChange !== null && !lastChange.mayAsk, {
      severity: 'warn',
      what: `${typed(role)} may not ask when ${typed(...(lastChange?.name ?? []))} was written to last: some writes would be taken for changes that are none`,
      next: `GRANT SELECT ON TABLE ${typed(database, ...(lastChange?.name ?? []))} TO ROLE ${typed(role)};`,
    }),
  ];
}

function retention({ database, retention: tables, edition }: AccountFacts): readonly Lack[] {
  const none = tables.filter(({ days }) => days === 0);
  const short = tables.filter(({ days, transient }) => transient && days > 0);
  return [
    ...lackIf(none.length > 0, {
      severity: 'warn',
      what: `${some(none.map(({ name }) => typed(...name)))} ${none.length === 1 ? 'keeps' : 'keep'} no history: time travel cannot bring back what ${none.length === 1 ? 'it' : 'they'} held`,
      next: each(
        none.map(({ name }) => `ALTER TABLE ${typed(database, ...name)} SET DATA_RETENTION_TIME_IN_DAYS = 1;`),
      ),
    }),
    // Where no table keeps more than a day, it makes no difference.
    ...lackIf(short.length > 0 && edition !== 'standard', {
      severity: 'warn',
      what: `${short.length} of ${tables.length} live tables are transient, as dbt makes them: time travel goes back a day at most`,
      next: 'give models `+transient: false` in dbt_project.yml, where a day is too short',
    }),
  ];
}
