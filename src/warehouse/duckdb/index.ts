import * as nodeFiles from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Container } from '../../domain/relation.ts';
import { neverMixed, type Traits, type Warehouse } from '../port.ts';
import { claim, standing } from './claim.ts';
import type { Context } from './context.ts';
import { qualified } from './dialect.ts';
import { refused, speaking } from './errors.ts';
import { examine } from './examine.ts';
import { explain } from './explain.ts';
import type { Files } from './files.ts';
import { kept, remove } from './kept.ts';
import { layoutOf } from './layout.ts';
import { opener } from './open.ts';
import { unchanged } from './token.ts';

export interface DuckdbOptions {
  /** Location: the real path of the folder, and the name that readers open. Database: the file's stem. */
  readonly live: Container;
  /** A file of the same name in a folder of its own on the same file system. */
  readonly idle: Container;
  /** Files that the project attaches beside its own; `database` is the alias. */
  readonly attached?: readonly Container[];
  /** How long to wait for a file that somebody else has open, in ms; then `busy` with its pid. */
  readonly busyMs?: number;
  readonly files?: Files;
}

const traits: Traits = {
  cutover: 'atomic',
  viewsBind: 'name',
  exchange: 'file',
  carry: ['clone', 'copy', 'ctas'],
  timeTravelMs: 0,
  drift: 'exact',
  writesBesideReaders: false,
};

/** Loading the engine's library takes longer than all that `status` does: whoever looks into no file needs none. */
const inside = () => import('./inside.ts');

/** Sides are files and the cutover is a rename. Opens nothing yet, and keeps nothing open between calls. */
export function connectDuckdb({
  live,
  idle,
  attached = [],
  busyMs = 10_000,
  files = nodeFiles,
}: DuckdbOptions): Warehouse {
  assertSides(live, idle);
  const ctx: Context = {
    layout: layoutOf(live, idle),
    files,
    open: opener(files, busyMs),
    known: new Map(),
    sayings: new Map(),
  };
  return {
    traits,
    examine: () => speaking(() => examine(ctx)),
    standing: () => speaking(() => standing(ctx)),
    claim: (fence) => speaking(() => claim(ctx, fence)),
    catalog: (scope) => speaking(async () => (await inside()).readCatalog(ctx, scope)),
    look: (scope, relations, sealed) => speaking(async () => (await inside()).look(ctx, scope, relations, sealed)),
    sizes: (relations) => speaking(async () => (await inside()).sizes(ctx, relations)),
    unchanged: (scope, seen) => speaking(() => unchanged(ctx, scope, seen)),
    // Fingerprints are of what is in the file.
    countWrites: async () => {},
    fill: (fills, o) => speaking(async () => (await inside()).fill(ctx, fills, o)),
    // The engine runs inside dbt: nothing is left once dbt is dead.
    stop: async () => 0,
    seal: (release, _idle, fence) => speaking(async () => (await inside()).seal(ctx, release, fence)),
    adopt: (release, _live, fence) => speaking(async () => (await inside()).adopt(ctx, release, fence)),
    reopen: (sealed) => speaking(async () => (await inside()).reopen(ctx, sealed)),
    discard: (sides) => speaking(async () => (await inside()).discard(ctx, sides)),
    cutover: (plan, guard, done) =>
      speaking(async () => {
        await (await inside()).cutOver(ctx, plan, guard, done);
        return neverMixed;
      }),
    kept: () => speaking(() => kept(ctx)),
    remove: (sides) => speaking(() => remove(ctx, sides)),
    query: (sql, o) => speaking(async () => (await inside()).query(ctx, attached, sql, o)),
    describe: (sql, o) => speaking(async () => (await inside()).describe(ctx, attached, sql, o)),
    quote: qualified,
    explain: (step, kind) => explain(ctx.layout, step, kind),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** DuckDB names the catalog after the file, and views name the catalog: so all sides have one name. */
function assertSides(live: Container, idle: Container): void {
  if (basename(live.location) !== basename(idle.location) || live.database !== idle.database)
    throw refused(
      `${idle.location} must have the same name as ${live.location}: DuckDB names the catalog after the file`,
    );
  if (dirname(live.location) === dirname(idle.location))
    throw refused('the idle side needs a folder of its own', { folder: dirname(live.location) });
  if (['memory', 'system', 'temp'].includes(live.database.toLowerCase()))
    throw refused(`a file cannot be called ${live.database}: DuckDB keeps that catalog name for itself`, {
      file: live.location,
    });
}
