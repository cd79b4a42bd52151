import type { Settings } from '../../../src/domain/settings.ts';

/** An environment with lastgreen.yml's defaults, and a watch that ends at once. */
export const modelSettings = (other: Partial<Settings>): Settings => ({
  environment: 'prod',
  target: 'prod',
  build: {
    timeoutMs: 7_200_000,
    threads: null,
    vars: {},
    fullRefreshExcept: null,
    maxBytes: null,
    reads: { maxBytes: null, price: null },
    backfill: {},
  },
  history: {},
  irreplaceable: [],
  drift: { tables: 'warn', history: 'catch_up', rounds: 2 },
  shared: { inPlace: [] },
  state: [],
  gates: { compatibility: { allow: [] }, smoke: [], readerAccess: { readers: [] } },
  cutover: { stuck: 'stay' },
  watch: { forMs: 0, everyMs: 60_000, then: 'swap_back' },
  rollback: { keepMs: 259_200_000 },
  retention: { releases: 20, days: 90 },
  lease: { ttlMs: 60_000, renewMs: 15_000, marginMs: 10_000 },
  ...other,
});
