import { describe, expect, it } from 'vitest';
import { unauthorised } from '../../../../src/warehouse/bigquery/access-list.ts';
import { withBindings } from '../../../../src/warehouse/bigquery/gone.ts';
import { lacksOf, type ProjectFacts } from '../../../../src/warehouse/bigquery/lacks.ts';

describe('who may use a view', () => {
  const viewer = (...members: string[]) => ({ role: 'roles/bigquery.dataViewer', members });

  it('is at least who may use what it shows', () => {
    const now = { etag: 'e', bindings: [viewer('user:a')] };
    const wanted = withBindings(now, [
      { bindings: [viewer('user:a', 'user:b')] },
      { bindings: [{ role: 'x', members: ['user:c'] }] },
    ]);
    expect(wanted).toEqual({
      etag: 'e',
      bindings: [viewer('user:a', 'user:b'), { role: 'x', members: ['user:c'] }],
    });
    expect(now.bindings).toEqual([viewer('user:a')]);
  });

  it('stays as it is where nobody is missing', () => {
    expect(withBindings({ bindings: [viewer('user:a', 'user:b')] }, [{ bindings: [viewer('user:a')] }])).toBeNull();
  });

  it('is told apart by conditions', () => {
    const condition = { expression: 'request.time < x' };
    const wanted = withBindings({ bindings: [viewer('user:a')] }, [{ bindings: [{ ...viewer('user:a'), condition }] }]);
    expect(wanted?.bindings).toHaveLength(2);
  });
});

describe('what views of a dataset may read', () => {
  const entry = (projectId: string, datasetId: string) => ({
    dataset: { dataset: { projectId, datasetId }, targetTypes: ['VIEWS'] },
  });

  it('is what authorises that dataset', () => {
    const access = [
      { role: 'OWNER', specialGroup: 'projectOwners' },
      entry('shop', 'analytics'),
      entry('lake', 'other'),
    ];
    expect(unauthorised(access, 'shop', ['analytics', 'other'])).toEqual(['other']);
  });
});

describe('what a project lacks', () => {
  const facts: ProjectFacts = {
    project: 'shop',
    location: 'EU',
    datasets: [
      { dataset: 'analytics', side: 'live', location: 'EU', timeTravelHours: 48, tables: 40 },
      { dataset: 'analytics__blue', side: 'slot', location: 'eu', timeTravelHours: 168, tables: 0 },
    ],
    missing: [],
    unauthorised: [],
    sources: [{ project: 'shop', dataset: 'raw', location: 'EU', unauthorised: [] }],
  };
  const lacks = (more: Partial<ProjectFacts>) => lacksOf({ ...facts, ...more });

  it('is nothing where everything is there', () => {
    expect(lacks({})).toEqual([]);
  });

  it('is a quota that a few first fills would use up', () => {
    const live = (tables: number) => facts.datasets.map((one) => (one.side === 'live' ? { ...one, tables } : one));
    expect(lacks({ datasets: live(10_000) })).toEqual([]);
    expect(lacks({ datasets: live(30_000) })).toMatchObject([
      { severity: 'warn', what: expect.stringContaining('takes up to 30,000 of the 100,000 copies and clones') },
    ]);
  });

  it('is a permission, by its name and on what', () => {
    const missing = [{ permission: 'bigquery.jobs.create', on: 'project shop' }];
    expect(lacks({ missing })).toMatchObject([
      { severity: 'bad', what: 'bigquery.jobs.create is missing on project shop' },
    ]);
  });

  it('is one location for all', () => {
    const [first] = facts.datasets;
    const there = first ? [{ ...first, location: 'US' }] : [];
    expect(lacks({ datasets: there })).toMatchObject([
      { severity: 'bad', next: expect.stringContaining('`location: US`') },
    ]);
    const sources = [{ project: 'shop', dataset: 'raw', location: 'US', unauthorised: [] }];
    expect(lacks({ sources })).toMatchObject([{ severity: 'bad', what: expect.stringContaining('shop.raw') }]);
  });

  it('is what views may not read for readers who may not themselves', () => {
    expect(lacks({ unauthorised: [['analytics__blue', 'analytics']] })).toMatchObject([{ severity: 'warn' }]);
    const sources = [
      { project: 'shop', dataset: 'raw', location: 'EU', unauthorised: ['analytics__blue', 'analytics__green'] },
    ];
    expect(lacks({ sources })).toMatchObject([
      { severity: 'warn', next: expect.stringContaining('`analytics__blue`, `analytics__green`') },
    ]);
  });

  it('is time, where what a slot held is forgotten early', () => {
    const datasets = [
      { dataset: 'analytics__blue', side: 'slot' as const, location: 'EU', timeTravelHours: 48, tables: 40 },
    ];
    expect(lacks({ datasets })).toMatchObject([{ severity: 'warn', what: expect.stringContaining('2 days') }]);
  });
});
