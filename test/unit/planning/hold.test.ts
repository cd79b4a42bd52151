import { describe, expect, it } from 'vitest';
import { heldDefinitions, holdEnds } from '../../../src/planning/hold.ts';
import { model, release } from './world.ts';

const [orders, customers, extra] = [model('orders'), model('customers'), model('extra')];
const before = { [orders]: 'o1', [customers]: 'c1' };
const reverted = { [orders]: 'o2', [customers]: 'c1', [extra]: 'x2' };
const hold = { reverted: { release: release('r42'), definitions: heldDefinitions(reverted, before) } };

describe('the hold that a rollback leaves', () => {
  it('holds what the reverted release had changed or added, and nothing else', () => {
    expect(hold.reverted.definitions).toEqual({ [orders]: 'o2', [extra]: 'x2' });
  });

  it('ends with a whole revert', () => {
    expect(holdEnds(hold, before)).toEqual({ ended: true, equal: [] });
  });

  it('ends with a whole fix', () => {
    expect(holdEnds(hold, { ...reverted, [orders]: 'o3', [extra]: 'x3' })).toEqual({ ended: true, equal: [] });
  });

  it('goes on after half a fix, and names what is still as it was', () => {
    expect(holdEnds(hold, { ...reverted, [orders]: 'o3' })).toEqual({ ended: false, equal: ['extra'] });
  });

  it('holds a model that was taken away until it is back', () => {
    const taken = { reverted: { release: release('r42'), definitions: heldDefinitions({ [orders]: 'o1' }, before) } };
    expect(holdEnds(taken, { [orders]: 'o1' })).toEqual({ ended: false, equal: ['customers'] });
    expect(holdEnds(taken, before)).toEqual({ ended: true, equal: [] });
  });

  it('ends only by hand when it was set by hand, or when no definition had changed', () => {
    expect(holdEnds({ reverted: null }, before).ended).toBe(false);
    expect(holdEnds({ reverted: { release: release('r42'), definitions: {} } }, before).ended).toBe(false);
  });
});
