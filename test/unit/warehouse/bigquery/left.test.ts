import { describe, expect, it } from 'vitest';
import { isOfDbt } from '../../../../src/warehouse/bigquery/left.ts';

const places = { slots: ['analytics__blue', 'analytics__green'] };
const labels = { dbt_invocation_id: 'x' };
const job = (query: string, of: Readonly<Record<string, string>> = labels) =>
  isOfDbt(places, { configuration: { labels: of, query: { query } } });

describe('a job that a dbt left running', () => {
  it('has dbt’s label and names a slot', () => {
    expect(job('create table `shop`.`analytics__green`.`orders` as select 1')).toBe(true);
    expect(job('select * from analytics__blue_marts.orders')).toBe(true);
    const load = { labels, load: { destinationTable: { datasetId: 'analytics__green', tableId: 'seed' } } };
    expect(isOfDbt(places, { configuration: load })).toBe(true);
  });

  it('is none of another environment, nor of anybody else', () => {
    expect(job('create table `shop`.`analytics`.`orders` as select 1')).toBe(false);
    expect(job('select * from my_analytics__green.orders')).toBe(false);
    expect(job('select * from analytics__greenish.orders')).toBe(false);
    expect(job('select * from analytics__green.orders', { app: 'lastgreen' })).toBe(false);
  });
});
