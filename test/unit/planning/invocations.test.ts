import { describe, expect, it } from 'vitest';
import type { PlannedNode } from '../../../src/domain/plan.ts';
import { invocations } from '../../../src/planning/invocations.ts';
import { model, named, node, project } from './world.ts';

const planned = (name: string, backfillSince: string | null = null): PlannedNode => ({
  id: model(name),
  name,
  resource: 'model',
  materialized: backfillSince === null ? 'table' : 'incremental',
  live: named(name),
  idle: named(name),
  reasons: [],
  history: backfillSince === null ? 'none' : 'seed',
  because: '',
  checkShape: false,
  backfillSince,
});

const manifest = project([
  node('raw'),
  node('events', { reads: ['raw'] }),
  node('sessions', { reads: ['events'] }),
  node('aside'),
  node('mart', { reads: ['sessions', 'aside'] }),
]);

const names = (plan: readonly PlannedNode[]) =>
  invocations(
    { nodes: plan },
    plan.map((one) => one.id),
    manifest,
  ).map(({ select, since }) => ({
    select: select.map((id) => id.split('.').at(-1)),
    since,
  }));

describe('the starts of dbt that a release takes', () => {
  it('are one, without a backfill', () => {
    expect(names([planned('raw'), planned('events'), planned('mart')])).toEqual([
      { select: ['raw', 'events', 'mart'], since: null },
    ]);
  });

  it('give a backfilled model its own, after what it reads and before what reads it', () => {
    expect(
      names([planned('raw'), planned('events', '2026-10-01'), planned('sessions'), planned('aside'), planned('mart')]),
    ).toEqual([
      { select: ['raw', 'aside'], since: null },
      { select: ['events'], since: '2026-10-01' },
      { select: ['sessions', 'mart'], since: null },
    ]);
  });

  it('backfill parents before their children', () => {
    expect(names([planned('sessions', '2026-10-02'), planned('events', '2026-10-01')])).toEqual([
      { select: ['events'], since: '2026-10-01' },
      { select: ['sessions'], since: '2026-10-02' },
    ]);
  });
});
