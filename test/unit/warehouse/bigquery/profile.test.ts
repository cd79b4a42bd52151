import { describe, expect, it } from 'vitest';
import type { IdlePlace } from '../../../../src/config/port.ts';
import { LastgreenError } from '../../../../src/domain/errors.ts';
import { profileRules } from '../../../../src/warehouse/bigquery/profile.ts';

const target = { type: 'bigquery', method: 'oauth', project: 'shop-project', dataset: 'analytics' };
const sides = (idle: IdlePlace = profileRules.defaultIdle(target), more: Readonly<Record<string, unknown>> = {}) =>
  profileRules.sides({ ...target, ...more }, idle);

function code(idle: IdlePlace, more: Readonly<Record<string, unknown>> = {}): string {
  try {
    sides(idle, more);
  } catch (error) {
    if (error instanceof LastgreenError) return error.code;
    throw error;
  }
  return 'none';
}

const side = (location: string) => [{ location, database: 'shop-project', schema: null }];

describe('what an administrator runs for a BigQuery target', () => {
  it('has the names of the target, and capitals where it has none', () => {
    const text = profileRules.rights?.({ ...target, location: 'EU', execution_project: 'jobs' }) ?? '';
    expect(text).toContain(
      "create schema if not exists `shop-project`.`analytics__lastgreen` options (location = 'EU');",
    );
    expect(text).toContain("grant `roles/bigquery.dataOwner` on schema `shop-project`.`analytics` to 'USER';");
    expect(text).toContain('add-iam-policy-binding jobs ');
    expect(text).not.toMatch(/\{\w+\}/);
  });

  it('names the service account that is acted as', () => {
    const text = profileRules.rights?.({ ...target, impersonate_service_account: 'deploy@shop.test' }) ?? '';
    expect(text).toContain("'serviceAccount:deploy@shop.test'");
  });
});

describe('the sides of a BigQuery target', () => {
  it('are the dataset that readers use, and three that take turns', () => {
    expect(sides()).toMatchObject({
      exchange: 'view',
      live: { dataset: 'analytics' },
      idle: { dataset: 'analytics__blue' },
      containers: { live: side('analytics'), idle: side('analytics__blue'), attached: [] },
      others: [
        { fields: { dataset: 'analytics__green' }, containers: side('analytics__green') },
        { fields: { dataset: 'analytics__grey' }, containers: side('analytics__grey') },
      ],
    });
  });

  it('are called in the field that the target has', () => {
    const { dataset: _, ...rest } = target;
    expect(profileRules.sides({ ...rest, schema: 'analytics' }, { slots: ['a', 'b'] })).toMatchObject({
      live: { schema: 'analytics' },
      idle: { schema: 'a' },
    });
  });

  it('may be as many as one likes, and two at least', () => {
    expect(sides({ slots: ['a', 'b', 'c', 'd'] }).others).toHaveLength(3);
    expect(code({ slots: ['a'] })).toBe('PROFILE_INVALID');
    expect(code({ schema: '{schema}__green' })).toBe('PROFILE_INVALID');
    expect(code({})).toBe('PROFILE_INVALID');
  });

  it('are all different, and none is where lastgreen keeps its own', () => {
    expect(code({ slots: ['a', 'a'] })).toBe('SIDES_COLLIDE');
    expect(code({ slots: ['a', '{schema}'] })).toBe('SIDES_COLLIDE');
    expect(code({ slots: ['a', '{schema}__lastgreen'] })).toBe('SIDES_COLLIDE');
    expect(code({ slots: ['shop', 'b'] }, { dataset: 'shop_marts' })).toBe('PROFILE_INVALID');
  });

  it('are datasets of the same project', () => {
    expect(code({ database: 'other', slots: ['a', 'b'] })).toBe('PROFILE_INVALID');
    expect(code({ database: '{database}', slots: ['a', 'b'] })).toBe('none');
    expect(code({ path: 'x', slots: ['a', 'b'] })).toBe('PROFILE_INVALID');
    expect(code({ swap: 'tables', slots: ['a', 'b'] })).toBe('PROFILE_INVALID');
    expect(code({ slots: ['a-b', 'b'] })).toBe('PROFILE_INVALID');
  });
});
