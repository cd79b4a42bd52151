import type { Output } from '../../config/port.ts';
import type { Exchange } from '../../domain/plan.ts';
import type { Traits, Warehouse } from '../port.ts';
import { readCatalog } from './catalog.ts';
import { claim, standing } from './claim.ts';
import { openerOf } from './connect.ts';
import { CONTROL, type Context, type Patience, type Scope } from './context.ts';
import { cost } from './cost.ts';
import { cutOver } from './cutover.ts';
import { qualified } from './dialect.ts';
import { speaking } from './errors.ts';
import { examine, wantedWarehouse } from './examine.ts';
import { explain } from './explain.ts';
import { fill } from './fill.ts';
import { kept, remove } from './kept.ts';
import { look, unchanged } from './look.ts';
import { DAY_MS, past } from './past.ts';
import { databaseOf, schemaOf } from './profile.ts';
import { describe, query } from './query.ts';
import { removed, restore } from './removed.ts';
import { discard, seal } from './seal.ts';
import { sizes } from './sizes.ts';
import { stop } from './stop.ts';

export interface SnowflakeOptions {
  /** The rendered target of profiles.yml, with secrets. */
  readonly output: Output;
  /** As the profile's rules have it. */
  readonly exchange: Exchange;
  readonly patience?: Partial<Patience>;
}

const traitsOf = (scope: Scope): Traits => ({
  // Two names change places in one statement.
  cutover: scope === 'database' ? 'atomic' : 'each',
  viewsBind: 'name',
  exchange: scope,
  carry: ['clone'],
  // Where nothing says otherwise; each relation and each database has its own. Schemas are not looked for in the past.
  timeTravelMs: scope === 'schema' ? 0 : DAY_MS,
  drift: 'best-effort',
  writesBesideReaders: true,
});

const patience: Patience = { statementMs: 60_000, drainMs: 5_000 };

/**
 * Sides are schemas, and the cutover is one request that swaps tables, or the schemas, and defines views; or they are
 * databases, which one statement swaps. Connects when first asked. Throws RangeError for what does not change places here.
 */
export function connectSnowflake({ output, exchange: scope, patience: other = {} }: SnowflakeOptions): Warehouse {
  if (scope === 'file' || scope === 'view' || scope === 'move')
    throw new RangeError(`${scope} is no way of this engine`);
  const database = databaseOf(output);
  const whole = scope === 'database';
  const environment = whole ? database : schemaOf(output);
  const open = openerOf({ output, name: environment });
  const ctx: Context = {
    open,
    environment,
    database,
    scope,
    whole,
    controlDatabase: whole ? `${database}__${CONTROL}` : database,
    tag: typeof output['query_tag'] === 'string' ? output['query_tag'] : '',
    patience: { ...patience, ...other },
  };
  return {
    traits: traitsOf(scope),
    ...(scope === 'schema'
      ? {}
      : {
          timeTravel: {
            past: (scope) => speaking(() => past(ctx, scope)),
            removed: () => speaking(() => removed(ctx)),
            restore: (side, fence) => speaking(() => restore(ctx, side, fence)),
          },
        }),
    examine: (names) => speaking(() => examine(ctx, names, wantedWarehouse(output['warehouse']))),
    standing: () => speaking(() => standing(ctx)),
    claim: (fence) => speaking(() => claim(ctx, fence)),
    catalog: (scope, o) => speaking(() => readCatalog(ctx, scope, o)),
    look: (scope, relations) => speaking(() => look(ctx, scope, relations)),
    unchanged: (scope, seen) => speaking(() => unchanged(ctx, scope, seen)),
    // The engine tells every write by itself.
    countWrites: async () => {},
    fill: (fills, o) => speaking(() => fill(ctx, fills, o)),
    sizes: (relations) => speaking(() => sizes(ctx, relations)),
    stop: () => speaking(() => stop(ctx)),
    seal: (release, idle, fence) => speaking(() => seal(ctx, release, idle, fence)),
    // Live names stay the relations that they are: nothing has to be copied or renamed.
    adopt: (release, live, fence) => speaking(() => seal(ctx, release, live, fence)),
    // What is sealed lies where it was built.
    reopen: async () => {},
    discard: (sides) => speaking(() => discard(ctx, sides)),
    cutover: (plan, guard, done) => speaking(() => cutOver(ctx, plan, guard, done)),
    kept: () => speaking(() => kept(ctx)),
    remove: (sides) => speaking(() => remove(ctx, sides)),
    query: (sql, o) => speaking(() => query(ctx, sql, o)),
    describe: (sql, o) => speaking(() => describe(ctx, sql, o)),
    cost: (of) => speaking(() => cost(ctx, of)),
    quote: qualified,
    explain,
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}
