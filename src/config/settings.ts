import type { Settings, Smoke } from '../domain/settings.ts';
import type { Document, EnvironmentText } from './schema.ts';
import type { SmokeText } from './smoke.ts';

/** Reads an `offending:` file; a problem with it is the reader's to tell. */
export type ReadSql = (file: string, index: number) => Promise<string>;

/** One environment of the file, as the rest of lastgreen knows it. */
export async function settingsOf(
  name: string,
  text: EnvironmentText,
  file: Document,
  readSql: ReadSql,
): Promise<Settings> {
  const { build, gates } = text;
  return {
    environment: name,
    target: text.target,
    build: {
      timeoutMs: build.timeout,
      threads: build.threads ?? null,
      vars: build.vars,
      fullRefreshExcept: build.full_refresh.except ?? null,
      maxBytes: build.max_bytes ?? null,
      reads: {
        maxBytes: build.reads.max_bytes ?? null,
        price: build.reads.price === undefined ? null : { perTib: build.reads.price, currency: build.reads.currency },
      },
      backfill: Object.fromEntries(Object.entries(build.backfill).map(([node, { since }]) => [node, since])),
    },
    history: Object.fromEntries(
      Object.entries(text.history).map(([node, { on_parent_change }]) => [node, { onParentChange: on_parent_change }]),
    ),
    irreplaceable: text.irreplaceable,
    drift: text.drift,
    shared: { inPlace: text.shared.in_place },
    state: text.state.map(({ relation, on_cutover }) => ({ relation, onCutover: on_cutover })),
    gates: {
      compatibility: {
        allow: gates.compatibility.allow.map((allowed) => ({ ...allowed, column: allowed.column ?? null })),
      },
      readerAccess: { readers: gates.reader_access.readers },
      smoke: await Promise.all(gates.smoke.map((check, index) => smokeOf(check, (path) => readSql(path, index)))),
    },
    cutover: text.cutover,
    watch: { forMs: text.watch.for, everyMs: text.watch.every, then: text.watch.then },
    rollback: { keepMs: text.rollback.keep },
    retention: file.retention,
    lease: { ttlMs: file.lease.ttl, renewMs: file.lease.renew, marginMs: file.lease.margin },
  };
}

async function smokeOf(check: SmokeText, readSql: (file: string) => Promise<string>): Promise<Smoke> {
  const { name, at, severity, timeout: timeoutMs } = check;
  const common = { name, at, severity, timeoutMs };
  if (check.offending !== undefined) {
    return { ...common, form: 'offending', sql: await readSql(check.offending), file: check.offending };
  }
  // The schema has seen to it that rows and compare have a node; empty would match none.
  const node = check.node ?? '';
  if (check.compare !== undefined)
    return { ...common, form: 'compare', node, sql: check.compare, within: check.within ?? 0 };
  const [min, max] = check.rows?.change ?? [0, 0];
  return { ...common, form: 'rows', node, min, max };
}
