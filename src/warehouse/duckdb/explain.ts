import { dirname, join, relative } from 'node:path';
import type { Change, Fill } from '../../domain/change.ts';
import { isRelation, type Name, type Relation } from '../../domain/relation.ts';
import { attach, createSchema, defineView, dropRelation, qualified } from './dialect.ts';
import type { Layout } from './layout.ts';

const shell = (path: string): string => (/^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

const nameOf = (name: Name): string => (isRelation(name) ? qualified(name) : shell(name.location));

/** As a person would type it; `N` stands for the fence, which is known only when it runs. */
export function explain(layout: Layout, step: Fill | Change, kind: string | null = null): string {
  switch (step.do) {
    case 'create':
      return lines(...empty(layout), `duckdb ${shell(step.container.location)} CHECKPOINT`);
    case 'drop':
      return isRelation(step.what)
        ? `${dropRelation(step.what, kind ?? 'table')};`
        : `rm -r ${shell(dirname(step.what.location))}`;
    case 'copy':
      return isRelation(step.from) && isRelation(step.to)
        ? copyRelation(step.from, step.to)
        : copyFile(layout, step.from, step.to);
    case 'bind':
      return '-- a file is found by its path: nothing in it has to be bound';
    case 'define':
      return lines(`${createSchema(step.view.database, step.view.schema)};`, `${defineView(step.view, step.sql)};`);
    case 'protect':
      return '-- a DuckDB file has no rights of its own';
    case 'refer':
      return '-- a DuckDB file tells of no keys';
    case 'point':
      return point(layout, step.to.location);
    case 'repoint':
    case 'exchange':
    case 'move':
      return `-- ${step.do} is not something a DuckDB file can do`;
  }
}

const lines = (...all: readonly string[]): string => all.join('\n');

const empty = ({ green }: Layout): readonly string[] => [`rm -rf ${shell(green)}`, `mkdir -p ${shell(green)}`];

const copyFile = (layout: Layout, from: Name, to: Name): string =>
  lines(...empty(layout), `cp --reflink=auto ${nameOf(from)} ${nameOf(to)}`);

function copyRelation(from: Relation, to: Relation): string {
  const source = { ...from, database: 'source' };
  return lines(
    `${attach(from.location, source.database, 'READ_ONLY')};`,
    `${createSchema(to.database, to.schema)};`,
    `CREATE OR REPLACE TABLE ${qualified(to)} AS FROM ${qualified(source)};`,
  );
}

function point(layout: Layout, to: string): string {
  const mark = join(layout.marks, 'N');
  const next = join(layout.home, 'fence.N', 'next');
  // The idle side has the release's name from its seal on.
  const isIdle = to === layout.idle.location;
  const sealed = join(layout.home, 'rN');
  const side = isIdle ? join(sealed, layout.file) : to;
  return lines(
    ...(isIdle ? [`mv -T ${shell(layout.green)} ${shell(sealed)}`] : []),
    `mkdir -p ${shell(mark)}`,
    `echo MARK > ${shell(join(mark, 'mark.json'))}`,
    `ln -s ${shell(relative(mark, side))} ${shell(join(mark, layout.file))}`,
    `ln -s ${shell(relative(layout.folder, join(mark, layout.file)))} ${shell(next)}`,
    `mv -T ${shell(next)} ${shell(layout.live.location)}`,
  );
}
