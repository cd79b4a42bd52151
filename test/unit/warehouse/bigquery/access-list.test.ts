import { describe, expect, it } from 'vitest';
import { listLetsIn, mayView, policyLetsIn } from '../../../../src/warehouse/bigquery/access-list.ts';

describe('the access list of a dataset', () => {
  const reader = (of: object) => [{ role: 'READER', ...of }];

  it.each([
    ['user:ann@shop.test', { userByEmail: 'Ann@shop.test' }],
    ['serviceAccount:bot@shop.test', { userByEmail: 'bot@shop.test' }],
    ['group:all@shop.test', { groupByEmail: 'all@shop.test' }],
    ['user:ann@shop.test', { domain: 'shop.test' }],
    ['user:ann@shop.test', { specialGroup: 'allAuthenticatedUsers' }],
    ['group:all@shop.test', { iamMember: 'allUsers' }],
  ])('lets in %s by %j', (member, entry) => {
    expect(listLetsIn(reader(entry), member)).toBe(true);
  });

  it.each([
    ['user:bo@shop.test', { userByEmail: 'ann@shop.test' }],
    ['user:ann@shop.test', { groupByEmail: 'ann@shop.test' }],
    ['user:ann@other.test', { domain: 'shop.test' }],
    ['group:all@shop.test', { domain: 'shop.test' }],
  ])('does not let in %s by %j', (member, entry) => {
    expect(listLetsIn(reader(entry), member)).toBe(false);
  });

  it('lets nobody in by a role that reads no rows', () => {
    expect(listLetsIn([{ role: 'roles/bigquery.metadataViewer', userByEmail: 'a@b.c' }], 'user:a@b.c')).toBe(false);
    const bindings = [{ role: 'roles/bigquery.dataViewer', members: ['user:a@b.c'] }];
    expect(policyLetsIn({ bindings }, 'user:a@b.c')).toBe(true);
    expect(policyLetsIn({ bindings: bindings.map((one) => ({ ...one, condition: {} })) }, 'user:a@b.c')).toBe(false);
  });

  it('lets in a view by itself, or with all of its dataset', () => {
    const view = { project: 'shop', dataset: 'analytics', table: 'recent' };
    const alone = [{ view: { projectId: 'shop', datasetId: 'analytics', tableId: 'recent' } }];
    const whole = [{ dataset: { dataset: { projectId: 'shop', datasetId: 'analytics' }, targetTypes: ['VIEWS'] } }];
    for (const access of [alone, whole]) {
      expect(mayView(access, view)).toBe(true);
      expect(mayView(access, { ...view, dataset: 'analytics__blue' })).toBe(false);
    }
    expect(mayView(alone, { ...view, table: 'other' })).toBe(false);
  });
});
