import type { Output } from '../../config/port.ts';
import { neverMixed, type Traits, type Warehouse } from '../port.ts';
import { readCatalog } from './catalog.ts';
import { claim, standing } from './claim.ts';
import { openerOf } from './connect.ts';
import type { Context, Patience } from './context.ts';
import { cutOver } from './cutover.ts';
import { qualified } from './dialect.ts';
import { speaking } from './errors.ts';
import { examine } from './examine.ts';
import { explain } from './explain.ts';
import { countWrites, fill } from './fill.ts';
import { kept, remove } from './kept.ts';
import { look, unchanged } from './look.ts';
import { databaseOf, schemaOf } from './profile.ts';
import { describe, query } from './query.ts';
import { adopt, discard, seal } from './seal.ts';
import { sizes } from './sizes.ts';
import { stop } from './stop.ts';

export interface PostgresOptions {
  /** The rendered target of profiles.yml, with secrets. */
  readonly output: Output;
  readonly patience?: Partial<Patience>;
}

const traits: Traits = {
  cutover: 'atomic',
  viewsBind: 'object',
  exchange: 'move',
  carry: ['ctas'],
  timeTravelMs: 0,
  drift: 'exact',
  writesBesideReaders: true,
};

const patience: Patience = { lockMs: 200, deadlineMs: 15_000, drainMs: 5_000 };

/** Sides are schemas, and the cutover is one transaction that moves relations between them. Connects when first asked. */
export function connectPostgres({ output, patience: other = {} }: PostgresOptions): Warehouse {
  const environment = schemaOf(output);
  const open = openerOf({ output, name: environment });
  const ctx: Context = {
    open,
    environment,
    database: databaseOf(output),
    tag: typeof output['application_name'] === 'string' ? output['application_name'] : '',
    patience: { ...patience, ...other },
  };
  return {
    traits,
    examine: (names) => speaking(() => examine(ctx, names)),
    standing: () => speaking(() => standing(ctx)),
    claim: (fence) => speaking(() => claim(ctx, fence)),
    catalog: (scope) => speaking(() => readCatalog(ctx, scope)),
    look: (scope, relations) => speaking(() => look(ctx, scope, relations)),
    unchanged: (scope, seen) => speaking(() => unchanged(ctx, scope, seen)),
    countWrites: (relations, o) => speaking(() => countWrites(ctx, relations, o)),
    fill: (fills, o) => speaking(() => fill(ctx, fills, o)),
    sizes: (relations) => speaking(() => sizes(ctx, relations)),
    stop: () => speaking(() => stop(ctx)),
    seal: (release, idle, fence) => speaking(() => seal(ctx, release, idle, fence)),
    // Live names stay the relations that they are: nothing has to be copied or renamed.
    adopt: (release, live, fence) => speaking(() => adopt(ctx, release, live, fence)),
    // What is sealed lies where it was built.
    reopen: async () => {},
    discard: (sides) => speaking(() => discard(ctx, sides)),
    cutover: (plan, guard, done) =>
      speaking(async () => {
        await cutOver(ctx, plan, guard, done);
        return neverMixed;
      }),
    kept: () => speaking(() => kept(ctx)),
    remove: (sides) => speaking(() => remove(ctx, sides)),
    query: (sql, o) => speaking(() => query(ctx, sql, o)),
    describe: (sql, o) => speaking(() => describe(ctx, sql, o)),
    quote: qualified,
    explain,
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}
