import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createView,
  dropStatement,
  identifier,
  labelValue,
  literal,
  pointedTo,
  servingText,
} from '../../../../src/warehouse/bigquery/dialect.ts';

const view = { project: 'shop-project', dataset: 'analytics', table: 'orders' };

describe('a serving view', () => {
  it('says nothing but what it points to', () => {
    expect(servingText({ ...view, dataset: 'analytics__green' })).toBe(
      'SELECT * FROM `shop-project.analytics__green.orders`',
    );
  });

  it('is told from every other text', () => {
    const others = [
      'select * from `p.d.t`',
      'SELECT * FROM `p.d.t` ',
      'SELECT * FROM `p.d.t` WHERE TRUE',
      'SELECT * FROM p.d.t',
      'SELECT * FROM `d.t`',
      'SELECT id FROM `p.d.t`',
      'SELECT * FROM `p`.`d`.`t`',
    ];
    for (const text of others) expect(pointedTo(text)).toBeNull();
  });

  it('tells what it points to, whatever that is called', () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_äß 売-]+$/);
    const project = fc.constantFrom('shop', 'shop-project', 'example.com:shop');
    fc.assert(
      fc.property(project, fc.stringMatching(/^\w+$/), name, (of, dataset, table) => {
        const id = { project: of, dataset, table };
        expect(pointedTo(servingText(id))).toEqual(id);
      }),
    );
  });
});

describe('names and texts', () => {
  it('are quoted with what could end them', () => {
    expect(identifier('a`b\\c')).toBe('`a\\`b\\\\c`');
    expect(literal("it's\n\\")).toBe("'it\\'s\\n\\\\'");
  });

  it('of a label have the letters that labels may have, and no more than 63', () => {
    expect(labelValue('Analytics.Prod')).toBe('analytics_prod');
    expect(labelValue('x'.repeat(100))).toHaveLength(63);
  });

  it('of kinds are those of their statements', () => {
    expect(dropStatement('materialized view', view)).toBe(
      'DROP MATERIALIZED VIEW IF EXISTS `shop-project`.`analytics`.`orders`',
    );
    expect(dropStatement('external', view)).toContain('DROP EXTERNAL TABLE');
    expect(createView(view, 'SELECT 1 AS n')).toBe('CREATE VIEW `shop-project`.`analytics`.`orders` AS SELECT 1 AS n');
  });
});
