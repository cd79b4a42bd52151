import pMap from 'p-map';
import type { Protection } from '../port.ts';
import { type Context, IN_FLIGHT } from './context.ts';
import { ifThere } from './errors.ts';
import type { Found, PolicyTag } from './found.ts';
import { grantsOf } from './grants.ts';
import type { Places } from './places.ts';
import type { IamPolicy } from './resources.ts';
import { type RowPolicy, rowPoliciesOf } from './row-policies.ts';
import { textFor } from './slot-text.ts';
import { getPolicy } from './tables.ts';

/** Who may do what with a relation, as the engine has it. */
export interface Guards {
  readonly policy: IamPolicy;
  readonly rows: readonly RowPolicy[];
}

/** Of what has rights of its own: a routine has those of its dataset. */
export const isGuarded = ({ kind }: Pick<Found, 'kind'>): boolean =>
  ['table', 'view', 'materialized view', 'external', 'snapshot'].includes(kind);

/** Throws `denied` to whoever may not see them: what replaces it would be without. */
export async function guardsOf(ctx: Context, { id, kind }: Pick<Found, 'id' | 'kind'>): Promise<Guards> {
  const [policy, rows] = await Promise.all([
    ifThere(getPolicy(ctx.client, id)),
    kind === 'table' ? rowPoliciesOf(ctx, id) : [],
  ]);
  return { policy: policy ?? { bindings: [] }, rows };
}

/** Each with who may do what with it: a question for each, as no query tells of several. */
export const withProtection = (ctx: Context, found: readonly Found[]): Promise<readonly Found[]> =>
  pMap(
    found,
    async (one) => {
      if (!isGuarded(one)) return one;
      return { ...one, protection: protectionOf(ctx.places, one, await guardsOf(ctx, one)) };
    },
    { concurrency: IN_FLIGHT },
  );

const protectionOf = (places: Places, found: Found, { policy, rows }: Guards): Protection => ({
  // Who makes a table is nobody special afterwards ("Access control with IAM").
  owner: '',
  grants: grantsOf(policy),
  rules: [...rows.map((row) => rowRule(places, found, row)), ...found.tags.map(tagRule)].toSorted(),
  // A key is not enforced ("Use primary and foreign keys").
  keys: [],
});

/** As readers would say it: a filter may ask another table of its slot. */
function rowRule(places: Places, { relation }: Found, { name, predicate, grantees }: RowPolicy): string {
  const said = textFor(predicate, { places, from: relation.location, to: places.serving }) ?? predicate;
  return `row access policy ${name} for ${grantees.join(', ') || 'nobody'} where ${said}`;
}

const tagRule = ({ column, tag }: PolicyTag): string => `policy tag ${tag} on ${column}`;
