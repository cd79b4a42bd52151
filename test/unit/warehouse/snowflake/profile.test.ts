import { describe, expect, it } from 'vitest';
import type { IdlePlace, Output } from '../../../../src/config/port.ts';
import { profileRules } from '../../../../src/warehouse/snowflake/profile.ts';

const target: Output = { type: 'snowflake', account: 'a', database: 'shop', schema: 'analytics' };
const sides = (idle: IdlePlace, output: Output = target) => profileRules.sides(output, idle);
const whole = (database: string) => [{ location: '', database, schema: null }];

describe('the two sides of a Snowflake target', () => {
  it('are two schemas of one database, between which tables change places, or the schemas', () => {
    expect(sides(profileRules.defaultIdle(target))).toEqual({
      exchange: 'table',
      live: { schema: 'analytics' },
      idle: { schema: 'analytics__green' },
      containers: { live: whole('SHOP'), idle: whole('SHOP'), attached: [] },
    });
    expect(sides({ schema: 'next_{schema}', swap: 'schemas' })).toMatchObject({
      exchange: 'schema',
      idle: { schema: 'next_analytics' },
    });
    expect(sides({ schema: 'next', swap: 'tables' }).exchange).toBe('table');
  });

  it('are two databases with the same schemas', () => {
    expect(sides({ database: '{database}__green' })).toEqual({
      exchange: 'database',
      live: { database: 'shop' },
      idle: { database: 'shop__green' },
      containers: { live: whole('SHOP'), idle: whole('SHOP__GREEN'), attached: [] },
    });
  });

  it.each([
    ['the same schema', { schema: 'ANALYTICS' }, target, 'SIDES_COLLIDE', /schema analytics of database shop/],
    [
      'both',
      { database: 'other', schema: 'next' },
      target,
      'PROFILE_INVALID',
      /another database with the same schemas, or another schema/,
    ],
    ['a swap of databases', { database: 'other', swap: 'schemas' }, target, 'PROFILE_INVALID', /the databases change/],
    ['a path', { path: '/data' }, target, 'PROFILE_INVALID', /has no `path:`/],
    ['nothing', {}, target, 'PROFILE_INVALID', /needs a schema/],
    ['what lastgreen keeps', { schema: 'g' }, { ...target, schema: 'lastgreen' }, 'PROFILE_INVALID', /LASTGREEN is/],
    ['a long name', { schema: 'g'.repeat(256) }, target, 'PROFILE_INVALID', /has 256 letters; Snowflake allows 255/],
    ['a target without a database', { schema: 'g' }, { schema: 's' }, 'PROFILE_INVALID', /no `database:`/],
  ] as const)('cannot be: %s', (_, idle, output, code, message) => {
    expect(() => sides(idle, output)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }) as Error,
    );
  });
});
