import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTSIDE } from '../../../../src/domain/relation.ts';
import {
  datasetOf,
  holdsDataset,
  type Places,
  placed,
  placeOf,
  relationOf,
  sideContainer,
} from '../../../../src/warehouse/bigquery/places.ts';

const places: Places = {
  project: 'shop-project',
  serving: 'analytics',
  slots: ['analytics__blue', 'analytics__green', 'other'],
};

describe('a dataset', () => {
  it('lies on the side that the longest beginning of its name says', () => {
    expect(placeOf(places, 'analytics')).toEqual({ location: 'analytics', schema: 'analytics' });
    expect(placeOf(places, 'analytics_marts')).toEqual({ location: 'analytics', schema: 'analytics_marts' });
    expect(placeOf(places, 'analytics__green')).toEqual({ location: 'analytics__green', schema: 'analytics' });
    expect(placeOf(places, 'analytics__green_marts')).toEqual({
      location: 'analytics__green',
      schema: 'analytics_marts',
    });
    expect(placeOf(places, 'other_marts')).toEqual({ location: 'other', schema: 'analytics_marts' });
  });

  it('that only begins like one of a side is none of it', () => {
    for (const dataset of ['analyticsx', 'raw', 'Analytics', 'analytics__lastgreen'])
      expect(placeOf(places, dataset)).toEqual({ location: OUTSIDE, schema: dataset });
  });

  it('and its place tell each other, on every side', () => {
    const schema = fc.constantFrom('analytics', 'analytics_marts', 'analytics__x', 'analytics_a_b');
    const location = fc.constantFrom('analytics', ...places.slots);
    fc.assert(
      fc.property(location, schema, (at, name) => {
        fc.pre(at !== 'analytics' || !placesTaken(name));
        expect(placeOf(places, datasetOf(places, { location: at, schema: name }))).toEqual({
          location: at,
          schema: name,
        });
      }),
    );
  });

  const placesTaken = (dataset: string) => placeOf(places, dataset).location !== 'analytics';

  it('is held by its side as a whole, and by the container of its schema', () => {
    const green = sideContainer(places, 'analytics__green');
    expect(holdsDataset(places, green, 'analytics__green_marts')).toBe(true);
    expect(holdsDataset(places, green, 'analytics_marts')).toBe(false);
    expect(holdsDataset(places, { ...green, schema: 'analytics_marts' }, 'analytics__green_marts')).toBe(true);
    expect(holdsDataset(places, { ...green, schema: 'analytics' }, 'analytics__green_marts')).toBe(false);
  });
});

describe('a relation of dbt', () => {
  const relation = { location: '', database: 'shop-project', schema: 'analytics__green_marts', identifier: 'orders' };

  it('lies where its dataset says', () => {
    expect(placed(places, relation, 'node')).toEqual({
      location: 'analytics__green',
      database: 'shop-project',
      schema: 'analytics_marts',
      identifier: 'orders',
    });
  });

  it('is on no side as a source, and in another project', () => {
    expect(placed(places, relation, 'source')).toEqual({ ...relation, location: OUTSIDE });
    expect(relationOf(places, { project: 'lake', dataset: 'analytics', table: 'orders' })).toEqual({
      location: OUTSIDE,
      database: 'lake',
      schema: 'analytics',
      identifier: 'orders',
    });
  });
});
