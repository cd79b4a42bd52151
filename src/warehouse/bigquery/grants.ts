import type { Right } from '../../domain/change.ts';
import type { Grant } from '../port.ts';
import type { IamPolicy } from './resources.ts';

type Binding = IamPolicy['bindings'][number];

/** One member of one role, with the condition under which it has that, if any. */
interface Given {
  readonly role: string;
  readonly member: string;
  readonly condition: unknown;
}

const givenBy = ({ bindings }: IamPolicy): readonly Given[] =>
  bindings.flatMap(({ role, members, condition }) => members.map((member) => ({ role, member, condition })));

const toldOf = ({ role, member, condition }: Given): string =>
  `${role} to ${member}${condition === undefined ? '' : ` when ${JSON.stringify(condition)}`}`;

/** `roles/bigquery.dataViewer to user:ann@example.com`. */
export const grantsOf = (policy: IamPolicy): readonly Grant[] =>
  givenBy(policy)
    .map((given) => ({ what: toldOf(given), column: null }))
    .toSorted((a, b) => (a.what < b.what ? -1 : 1));

export interface GrantRules {
  /** What is not given although the other has it. */
  readonly revoked?: readonly Right[];
  /** What is kept although the other does not have it; without it, all that is there. */
  readonly restored?: readonly Right[];
}

/** Names of roles and members as dbt's config has them, whatever their case. */
const isOf = (rights: readonly Right[], { role, member }: Given): boolean =>
  rights.some(
    ({ privilege, grantee }) =>
      privilege.toLowerCase() === role.toLowerCase() && grantee.toLowerCase() === member.toLowerCase(),
  );

/**
 * What something should have that takes the place of another, in place of its own policy; null: it has just that. Its etag says
 * which policy it replaces.
 */
export function policyLike(like: IamPolicy, own: IamPolicy, { revoked = [], restored }: GrantRules): IamPolicy | null {
  const wanted = givenBy(like).filter((given) => !isOf(revoked, given));
  const kept = givenBy(own).filter((given) => restored === undefined || isOf(restored, given));
  const all = new Map([...wanted, ...kept].map((given) => [toldOf(given), given]));
  const has = new Set(givenBy(own).map(toldOf));
  if (all.size === has.size && [...all.keys()].every((told) => has.has(told))) return null;
  return { ...own, bindings: bindingsOf([...all.values()]) };
}

function bindingsOf(given: readonly Given[]): Binding[] {
  const groups = Map.groupBy(given, ({ role, condition }) => JSON.stringify([role, condition ?? null]));
  return [...groups.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const members = some.map(({ member }) => member).toSorted();
    return [{ role: first.role, members, ...(first.condition === undefined ? {} : { condition: first.condition }) }];
  });
}
