import type { Lack } from '../../domain/lack.ts';
import { type Relation, sameName } from '../../domain/relation.ts';
import { identifier, spoken } from './dialect.ts';
import type { ServerFacts } from './facts.ts';
import { grantsCommand } from './grants.ts';

/** Something that keeps a relation from being replaced. */
export interface Holding {
  readonly to: Relation;
  readonly what: string;
}

export interface LackFacts {
  readonly facts: ServerFacts;
  /** Of the process that the connection was told of when it began. */
  readonly pid: number;
  /** What a release cannot bind to the relation that comes. */
  readonly holding: readonly Holding[];
}

/** The versions that are tested. */
const VERIFIED = { from: 13, to: 18 } as const;

/** What is missing or odd, in the order in which a release would meet it. */
export function lacksOf({ facts, pid, holding }: LackFacts): readonly Lack[] {
  if (facts.standby)
    return [
      {
        severity: 'bad',
        what: `the server is a standby: it takes no writes`,
        next: 'give the target in profiles.yml the host: of the primary',
      },
    ];
  const rights = [...mayMake(facts), ...ownsLive(facts), ...ownsItsOwn(facts), ...knowsSessions(facts)];
  return [...rights, ...inOneScript(facts, rights), ...server(facts, pid), ...held(holding)];
}

/** A name as it can be pasted into a statement. */
const name = (text: string): string => (/^[a-z_][a-z0-9_]*$/.test(text) ? text : identifier(text));

const some = (all: readonly string[], most = 3): string =>
  all.length > most ? `${all.slice(0, most).join(', ')} and ${all.length - most} more` : all.join(', ');

function mayMake({ role, database, mayMakeSchemas, liveSchemas }: ServerFacts): readonly Lack[] {
  const closed = liveSchemas.filter(({ mayUse, mayMake: make }) => !mayUse || !make).map((schema) => name(schema.name));
  return [
    ...lackIf(!mayMakeSchemas, {
      what: `${name(role)} may not create schemas in database ${name(database)}, and releases are built in schemas of their own`,
      next: `GRANT CREATE ON DATABASE ${name(database)} TO ${name(role)};`,
    }),
    ...lackIf(closed.length > 0, {
      what: `${name(role)} may not create relations in ${closed.length === 1 ? 'schema' : 'schemas'} ${some(closed)}, which readers use`,
      next: `GRANT USAGE, CREATE ON SCHEMA ${closed.join(', ')} TO ${name(role)};`,
    }),
  ];
}

/** What a superuser owns is not had by membership: that would make the role one. */
function ownsLive({ role, foreignRelations }: ServerFacts): readonly Lack[] {
  const [ofSuperusers, others] = [true, false].map((is) =>
    foreignRelations.filter((one) => one.ownerIsSuperuser === is),
  );
  const told = (relations: ServerFacts['foreignRelations']): string =>
    `${relations.length === 1 ? 'A live name belongs' : `${relations.length} live names belong`} to ${some(ownersOf(relations))}, and only an owner can move ${relations.length === 1 ? 'it' : 'them'}: ${some(relations.map(wordsOf))}`;
  const [first] = ofSuperusers ?? [];
  return [
    ...(others && others.length > 0
      ? [
          {
            severity: 'bad',
            what: told(others),
            next: `GRANT ${ownersOf(others).join(', ')} TO ${name(role)};`,
          } as const,
        ]
      : []),
    ...(ofSuperusers && first
      ? [
          {
            severity: 'bad',
            what: `${told(ofSuperusers)} (a superuser's: membership would make ${name(role)} one)`,
            next: `ALTER ${first.kind.toUpperCase()} ${wordsOf(first)} OWNER TO ${name(role)};${ofSuperusers.length > 1 ? ' and so on for each' : ''}`,
          } as const,
        ]
      : []),
  ];
}

const wordsOf = ({ schema, name: own }: ServerFacts['foreignRelations'][number]): string =>
  `${name(schema)}.${name(own)}`;

const ownersOf = (relations: readonly { readonly owner: string }[]): readonly string[] => [
  ...new Set(relations.map(({ owner }) => name(owner))),
];

const ownsItsOwn = (facts: ServerFacts): readonly Lack[] =>
  lackIf(facts.foreignSchemas.length > 0, {
    what: `${some(facts.foreignSchemas.map((schema) => `schema ${name(schema.name)}`))} ${facts.foreignSchemas.length === 1 ? 'is' : 'are'} for lastgreen itself, and ${facts.foreignSchemas.length === 1 ? 'belongs' : 'belong'} to ${some(ownersOf(facts.foreignSchemas))}`,
    next: script(facts),
  });

function knowsSessions({ role, loginIsSuperuser, maySignal, maySeeSessions }: ServerFacts): readonly Lack[] {
  const signal = loginIsSuperuser
    ? 'give the target in profiles.yml a user: that is no superuser'
    : `GRANT pg_signal_backend TO ${name(role)};`;
  return [
    ...lackIf(!maySignal, {
      severity: 'warn',
      what: `${name(role)} may not end what a dbt that died left running`,
      next: signal,
    }),
    ...lackIf(!maySeeSessions, {
      severity: 'warn',
      what: `${name(role)} does not see what other users run: who blocks a cutover is told without the query`,
      next: `GRANT pg_read_all_stats TO ${name(role)};`,
    }),
  ];
}

const script = ({ role, database, homes }: ServerFacts): string => grantsCommand({ database, role, schemas: homes });

const inOneScript = (facts: ServerFacts, rights: readonly Lack[]): readonly Lack[] =>
  lackIf(rights.filter(({ next }) => next !== script(facts)).length > 1, {
    severity: 'warn',
    what: `all rights that ${name(facts.role)} needs are in one script, for a DBA`,
    next: script(facts),
  });

function server(facts: ServerFacts, pid: number): readonly Lack[] {
  const { version, major, locks, sessions, locksNeeded, liveNames } = facts;
  // In steps as the setting is usually given, with room for what else goes on.
  const enough = Math.ceil((1.5 * locksNeeded) / sessions / 64) * 64;
  return [
    ...lackIf(locksNeeded > locks, {
      severity: 'warn',
      what: `a release that changes all ${inDigits(liveNames)} live names needs ${inDigits(locksNeeded)} locks at once, and the whole server has ${inDigits(locks)}: no more than about ${inDigits(Math.floor((liveNames * locks) / locksNeeded))} can change in one cutover`,
      next: `ALTER SYSTEM SET max_locks_per_transaction = ${enough}; and restart the server`,
    }),
    ...lackIf(major < VERIFIED.from || major > VERIFIED.to, {
      severity: 'warn',
      what: `Postgres ${version} is not verified: ${VERIFIED.from} to ${VERIFIED.to} are`,
      next: 'try a deploy and a rollback on a copy of the database first',
    }),
    ...lackIf(facts.pid !== pid, {
      severity: 'warn',
      what: 'a pooler answers in place of the server; one that pools transactions or statements loses what a session has set',
      next: "give the target in profiles.yml the server's own host: and port:, or let the pooler pool sessions",
    }),
  ];
}

function held(holding: readonly Holding[]): readonly Lack[] {
  const names = holding.filter(({ to }, at) => holding.findIndex((one) => sameName(one.to, to)) === at);
  const [only] = names;
  const subject = names.length === 1 && only ? spoken(only.to) : `${names.length} live names`;
  return lackIf(holding.length > 0, {
    severity: 'warn',
    what: `${subject} cannot be replaced while something holds on to ${names.length === 1 ? 'it' : 'them'} that would stay with the old one: ${some(
      holding.map(({ to, what }) => (names.length === 1 ? what : `${spoken(to)} by ${what}`)),
      5,
    )}; plan refuses a release that changes ${names.length === 1 ? 'it' : 'one of them'}`,
    next: 'drop what holds on before such a release and make it again after it, or let dbt build it',
  });
}

const inDigits = (n: number): string => n.toLocaleString('en-US');

const lackIf = (is: boolean, lack: Omit<Lack, 'severity'> & Partial<Pick<Lack, 'severity'>>): readonly Lack[] =>
  is ? [{ severity: 'bad', ...lack }] : [];
