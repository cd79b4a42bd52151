import { expect } from 'vitest';
import type { Fill } from '../../../src/domain/change.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { displayName, isRelation, type Name } from '../../../src/domain/relation.ts';
import { fileSides, named, node, project } from './world.ts';

/** What a plan says, for people to compare. */

export const place = (name: Name): string => {
  const side = name.location === '' ? '' : name.location === fileSides.live[0].location ? 'live:' : 'idle:';
  return `${side}${isRelation(name) ? displayName(name).replace('shop.', '') : '*'}`;
};
export const says = (fill: Fill): string => {
  if (fill.do === 'create') return `create ${place(fill.container)}`;
  if (fill.do === 'drop') return `drop ${place(fill.what)}`;
  if (fill.do === 'bind') return `bind ${place(fill.container)}`;
  if (fill.do === 'protect') return `protect ${place(fill.idle)}`;
  if (fill.do === 'refer') return `refer ${place(fill.idle)} to ${fill.ends.map(({ now }) => place(now)).join(', ')}`;
  return fill.do === 'copy' ? `copy ${place(fill.from)} to ${place(fill.to)}` : `define ${place(fill.view)}`;
};
export const prepared = (plan: Plan): readonly string[] => plan.prepare.map(says);
export const ids = (some: readonly { readonly id: string }[]): readonly string[] =>
  some.map(({ id }) => id.split('.').at(-1) ?? '');

export const code = (expected: string, message?: string) =>
  expect.objectContaining({
    code: expected,
    ...(message === undefined ? {} : { message: expect.stringContaining(message) }),
  });

export const shop = (o: { readonly body?: string } = {}) =>
  project(
    [
      node('stg', { materialized: 'view', ...(o.body === undefined ? {} : { body: o.body }) }),
      node('fact', { materialized: 'incremental', reads: ['stg'], config: { full_refresh: false } }),
      node('mart', { reads: ['fact'] }),
      node('other'),
      node('inlined', { materialized: 'ephemeral' }),
    ],
    { sources: { orders: named('orders', 'raw') } },
  );
