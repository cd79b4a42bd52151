import { describe, expect, it } from 'vitest';
import { everyFault, situationNames } from './world/scenarios.ts';

describe('a fault at any effect, on a warehouse of the kind views-each, is put right by whoever comes next', () => {
  it.each(situationNames)('during: %s', { timeout: 600_000 }, async (name) => {
    const { cases, broken } = await everyFault(name, 'views-each');
    process.stdout.write(`model tier, views-each, ${name}: ${cases} cases\n`);
    expect(broken).toEqual([]);
    expect(cases).toBeGreaterThan(0);
  });
});
