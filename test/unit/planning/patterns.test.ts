import { describe, expect, it } from 'vitest';
import { stateRule } from '../../../src/planning/patterns.ts';
import { named } from './world.ts';

const rules = {
  state: [
    { relation: 'elementary.*', onCutover: 'merge' },
    { relation: 'main.audit_log', onCutover: 'drop' },
  ],
} as const;

describe('relations that belong to the environment', () => {
  it.each([
    [named('runs', 'elementary'), 'merge'],
    [named('audit_log'), 'drop'],
    [named('audit_log_old'), null],
    [named('orders'), null],
  ])('%j are treated as the config says: %s', (relation, rule) => {
    expect(stateRule(relation, rules)).toBe(rule);
  });
});
