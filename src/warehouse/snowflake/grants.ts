import type { Right } from '../../domain/change.ts';
import type { Relation } from '../../domain/relation.ts';
import type { Protection } from '../port.ts';
import { folded, identifier, qualified, wordFor } from './dialect.ts';

/** A grant as the catalog tells it, taken apart: `SELECT to role reader with grant option`. */
interface Told {
  readonly privilege: string;
  readonly to: 'role' | 'database role' | 'share';
  readonly grantee: string;
  readonly grantable: boolean;
}

function taken(what: string): Told {
  const {
    privilege = '',
    to = 'role',
    grantee = '',
    passing,
  } = /^(?<privilege>.+?) to (?:(?<to>database role|share) )?(?<grantee>.+?)(?<passing> with grant option)?$/s.exec(
    what,
  )?.groups ?? {};
  return {
    privilege,
    to: to === 'share' || to === 'database role' ? to : 'role',
    grantee: folded(grantee),
    grantable: passing !== undefined,
  };
}

export interface Thing {
  readonly relation: Relation;
  readonly kind: string;
}

const on = ({ relation, kind }: Thing): string => `on ${onWord(kind)} ${qualified(relation)}`;

/** Tables of all kinds are granted on as tables, but for dynamic ones (documentation, "GRANT <privileges>"). */
const onWord = (kind: string): string => (/^(iceberg|hybrid|external) table$/.test(kind) ? 'TABLE' : wordFor(kind));

/** Documentation, "GRANT <privileges>". */
function grantStatement(thing: Thing, what: string): string {
  const told = taken(what);
  return `grant ${told.privilege} ${on(thing)} to ${granteeOf(thing, told)}${told.grantable ? ' with grant option' : ''}`;
}

/** Documentation, "REVOKE <privileges>". */
function revokeStatement(thing: Thing, what: string): string {
  const told = taken(what);
  return `revoke ${told.privilege} ${on(thing)} from ${granteeOf(thing, told)}`;
}

/** A database role may only have what is in its own database (documentation, "GRANT DATABASE ROLE"). */
const granteeOf = ({ relation }: Thing, { to, grantee }: Told): string =>
  `${to} ${to === 'database role' ? `${identifier(relation.database)}.` : ''}${identifier(grantee)}`;

/** Who has been granted something on it goes on having it (documentation, "GRANT OWNERSHIP"). */
export const ownerStatement = (thing: Thing, owner: string): string =>
  `grant ownership ${on(thing)} to role ${identifier(owner)} copy current grants`;

export interface GrantRules {
  /** What is not given although the other has it. */
  readonly revoked?: readonly Right[];
  /** What is kept although the other does not have it; without it, all that is there. */
  readonly restored?: readonly Right[];
}

/** Names of privileges and roles as dbt's config has them. */
const isOf = (rights: readonly Right[], what: string): boolean => {
  const { privilege, grantee } = taken(what);
  return rights.some(
    (right) =>
      (/^ALL( PRIVILEGES)?$/i.test(right.privilege) || right.privilege.toUpperCase() === privilege) &&
      folded(right.grantee) === grantee,
  );
};

const whats = (protection: Protection | null): ReadonlySet<string> =>
  new Set(protection?.grants.map(({ what }) => what));

/** The rights that something should have which takes the place of another. */
export function grantsLike(like: Protection | null, is: Protection | null, rules: GrantRules): readonly string[] {
  const { revoked = [], restored } = rules;
  const wanted = [...whats(like)].filter((what) => !isOf(revoked, what));
  const own = [...whats(is)].filter((what) => restored === undefined || isOf(restored, what));
  return [...new Set([...wanted, ...own])].toSorted();
}

/** What makes the rights of a relation be these and no others. */
export function grantStatements(thing: Thing, is: Protection | null, wanted: readonly string[]): readonly string[] {
  const [has, wants] = [whats(is), new Set(wanted)];
  return [
    ...[...has].filter((what) => !wants.has(what)).map((what) => revokeStatement(thing, what)),
    ...wanted.filter((what) => !has.has(what)).map((what) => grantStatement(thing, what)),
  ];
}
