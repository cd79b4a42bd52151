import type { Change, Fill } from '../../domain/change.ts';
import { isRelation } from '../../domain/relation.ts';
import { nameOf, qualified, wordFor } from './dialect.ts';
import { createView, readView } from './text/view.ts';

/** As a person would type it in a worksheet. */
export function explain(step: Fill | Change, kind: string | null = null): string {
  const word = wordFor(kind ?? 'table').toLowerCase();
  switch (step.do) {
    case 'create':
      return `create schema if not exists ${nameOf(step.container)};`;
    case 'drop':
      if (!isRelation(step.what)) return `drop schema if exists ${nameOf(step.what)};`;
      return kind === null
        ? `-- drop ${nameOf(step.what)}, table or view, if it is there by then`
        : `drop ${word} if exists ${nameOf(step.what)};`;
    case 'copy':
      return `create or replace table ${nameOf(step.to)} clone ${nameOf(step.from)} copy grants;`;
    case 'define':
      return `${readView(step.sql) === 'unreadable' ? `-- ${qualified(step.view)}: ${step.sql}` : createView(step.view, step.sql)};`;
    case 'protect':
      return `-- grants of ${nameOf(step.live)} are given on ${nameOf(step.idle)}`;
    case 'refer':
      return `-- a clone has the keys of ${nameOf(step.live)}`;
    case 'exchange':
      return `alter ${word} ${nameOf(step.a)} swap with ${nameOf(step.b)};`;
    case 'move':
      return isRelation(step.from)
        ? `alter ${word} ${nameOf(step.from)} rename to ${nameOf(step.to)};`
        : `alter schema ${nameOf(step.from)} rename to ${nameOf(step.to)};`;
    case 'point':
      return '-- there are no pointers to schemas here';
  }
}
