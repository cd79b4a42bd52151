import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { IdlePlace, Output, ProfileRules } from '../../config/port.ts';
import { fail } from '../../domain/errors.ts';
import type { Container } from '../../domain/relation.ts';

/**
 * How dbt-duckdb's targets have two sides: two files of the same name, because DuckDB names the catalog after the file,
 * and views have that name in their text.
 */
export const profileRules: ProfileRules = {
  type: 'duckdb',
  secretKeys: ['key_id', 'session_token', 'connection_string', 'motherduck_token'],
  pathKeys: ['path', 'attach.path'],
  // DuckDB runs in dbt's own process: there is no server where a query could be looked for.
  tag: null,
  defaultIdle: (output) => ({ path: idlePath(livePath(output)) }),
  placeOf: (output) => ({ path: livePath(output) }),
  sides(output, idle) {
    const live = livePath(output);
    const other = asked(idle, live);
    if (live === other) fail('SIDES_COLLIDE', { what: live });
    if (basename(live) !== basename(other)) {
      refuse(
        `the idle side is ${basename(other)}, but it has to have the same file name as ${basename(live)}: DuckDB names the catalog after it.`,
        'correct `idle:` in lastgreen.yml, or leave it out',
      );
    }
    return {
      exchange: 'file',
      live: { path: live },
      idle: { path: other },
      containers: { live: [fileOf(live)], idle: [fileOf(other)], attached: attachedOf(output) },
    };
  },
};

/** Where the next release is built, beside the live file so that a rename can publish it. */
const idlePath = (live: string): string =>
  join(dirname(live), `.${catalogOf(live)}.lastgreen`, 'green', basename(live));

const fileOf = (path: string): Container => ({
  location: path,
  database: catalogOf(path),
  schema: null,
});

/** DuckDB names a file's catalog after the first part of its name that is not empty: `shop` for `shop.v2.duckdb`. */
const catalogOf = (path: string): string =>
  basename(path)
    .split('.')
    .find((part) => part !== '') ?? '';

/** Files that the project attaches beside its own; what is no DuckDB file has no place of its own here. */
function attachedOf({ attach }: Output): readonly Container[] {
  if (!Array.isArray(attach)) return [];
  return attach.flatMap((item: unknown) => {
    const found = attachment(item);
    return found === null ? [] : [{ location: real(found.path), database: found.alias, schema: null }];
  });
}

function attachment(item: unknown): { path: string; alias: string } | null {
  if (typeof item !== 'object' || item === null || !('path' in item) || typeof item.path !== 'string') return null;
  const { path } = item;
  if (SCHEME.test(path) || path === ':memory:') return null;
  if ('type' in item && typeof item.type === 'string' && item.type !== 'duckdb') return null;
  return { path, alias: 'alias' in item && typeof item.alias === 'string' ? item.alias : catalogOf(path) };
}

function asked(idle: IdlePlace, live: string): string {
  if ([idle.schema, idle.database, idle.swap].some((other) => other !== undefined) || idle.path === undefined) {
    return refuse(
      'the idle side of a DuckDB target is a file of its own, not a schema or database.',
      'leave `idle:` out of lastgreen.yml, or give it a `path:`',
    );
  }
  const path = idle.path.replaceAll('{path}', live);
  return real(resolve(dirname(live), path));
}

/** The real path of the folder, and the file's own name: the file may be the symlink that readers open. */
function livePath(output: Output): string {
  const { path } = output;
  if (output['remote'] !== undefined) return refuse('`remote:` is a server; lastgreen works on DuckDB files.', NEXT);
  if (path === undefined || path === ':memory:')
    return refuse('an in-memory database has no readers: give the target a `path:`.', NEXT);
  if (typeof path !== 'string' || path === '') return refuse('`path:` must be the path of a file.', NEXT);
  if (/^(md|motherduck):/i.test(path))
    return refuse('MotherDuck databases cannot be released yet; lastgreen works on DuckDB files.', NEXT);
  if (SCHEME.test(path) || output['is_ducklake'] === true)
    return refuse(`${path.split(':')[0]}: is no local file; lastgreen works on DuckDB files.`, NEXT);
  return real(path);
}

/** `s3:`, `sqlite:` and the like. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

const NEXT = "correct the target's `path:` in profiles.yml";

const refuse = (problem: string, next: string): never =>
  fail('PROFILE_INVALID', { path: 'profiles.yml', problem, next });

/** Folders that are not there yet are taken as they are written. */
function real(path: string): string {
  const folder = (of: string): string => {
    try {
      return realpathSync(of);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT' || dirname(of) === of) throw error;
      return join(folder(dirname(of)), basename(of));
    }
  };
  return join(folder(dirname(path)), basename(path));
}
