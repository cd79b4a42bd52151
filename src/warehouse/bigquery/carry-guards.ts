import { hash } from 'node:crypto';
import { untilWritten } from './again.ts';
import type { Context } from './context.ts';
import type { Found } from './found.ts';
import { type GrantRules, grantsOf, policyLike } from './grants.ts';
import type { TableId } from './places.ts';
import { type Guards, guardsOf } from './protection.ts';
import { runStatement } from './queries.ts';
import { createRowPolicy, dropRowPolicy, type RowPolicy, sameRowPolicy } from './row-policies.ts';
import { setPolicy } from './tables.ts';

/** Where something lies, and what it is. */
export type Thing = Pick<Found, 'kind'> & { readonly id: TableId };

export const guardsHash = ({ policy, rows }: Guards): string =>
  hash('sha256', JSON.stringify([grantsOf(policy).map(({ what }) => what), rows]), 'hex').slice(0, 32);

export interface GuardRules extends GrantRules {
  /** Policies that only the second has go; else they stay. */
  readonly onlyThese: boolean;
  readonly signal?: AbortSignal;
}

/** Gives one the rights of another. `wanted`: that one's, its filters as they are said where the first lies. */
export async function setGuards(ctx: Context, to: Thing, wanted: Guards, rules: GuardRules): Promise<void> {
  const has = await untilWritten(async () => {
    const guards = await guardsOf(ctx, to);
    const policy = policyLike(wanted.policy, guards.policy, rules);
    if (policy !== null) await setPolicy(ctx.client, to.id, policy, rules.signal);
    return guards;
  });
  if (to.kind !== 'table') return;
  const statements = [
    ...wanted.rows
      .filter((row) => !has.rows.some((own) => sameRowPolicy(own, row)))
      .map((row) => createRowPolicy(to.id, row)),
    ...(rules.onlyThese
      ? has.rows.filter(({ name }) => !hasName(wanted.rows, name)).map((row) => dropRowPolicy(to.id, row))
      : []),
  ];
  // One after the other: each changes the same table.
  for (const sql of statements) await runStatement(ctx, { sql, step: 'protect', ...signalOf(rules) });
}

const hasName = (rows: readonly RowPolicy[], wanted: string): boolean => rows.some(({ name }) => name === wanted);

const signalOf = ({ signal }: GuardRules): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };
