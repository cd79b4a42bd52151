import type { Change, Fill } from '../../domain/change.ts';
import { isRelation, type Name } from '../../domain/relation.ts';
import { containerName, wordOf } from './containers.ts';
import { CONTROL } from './context.ts';
import { atTime, qualified, wordFor } from './dialect.ts';
import { createView, readView } from './text/view.ts';

/** As a person would type it in a worksheet (documentation, "SQL command reference"). */
export function explain(step: Fill | Change, kind: string | null = null): string {
  const word = wordFor(kind ?? 'table').toLowerCase();
  switch (step.do) {
    case 'create':
      return `create ${wordOf(step.container)} if not exists ${nameOf(step.container)};`;
    case 'drop':
      if (!isRelation(step.what)) return `drop ${wordOf(step.what)} if exists ${nameOf(step.what)};`;
      return kind === null
        ? `-- drop ${nameOf(step.what)}, table or view, if it is there by then`
        : `drop ${word} if exists ${nameOf(step.what)};`;
    case 'copy':
      return isRelation(step.to)
        ? `create or replace table ${nameOf(step.to)} clone ${nameOf(step.from)}${step.at === undefined ? '' : atTime(step.at)} copy grants;`
        : `create or replace ${wordOf(step.to)} ${nameOf(step.to)} clone ${nameOf(step.from)};`;
    case 'bind':
      return `-- names of ${step.away.map(nameOf).join(' and ')} are taken out of the views of ${nameOf(step.container)}`;
    case 'define':
      return `${define(step)};`;
    case 'protect':
      return `-- grants of ${nameOf(step.live)} are given on ${nameOf(step.idle)}`;
    case 'refer':
      return `-- a clone has the keys of ${nameOf(step.live)}`;
    case 'exchange':
      return `alter ${isRelation(step.a) ? word : wordOf(step.a)} ${nameOf(step.a)} swap with ${nameOf(step.b)};`;
    case 'move':
      return `alter ${isRelation(step.from) ? word : wordOf(step.from)} ${nameOf(step.from)} rename to ${nameOf(step.to)};`;
    case 'point':
    case 'repoint':
      return '-- there are no pointers to schemas here';
  }
}

/** What rests is no view: it would read what lies beside it. */
function define({ view, sql }: Extract<Fill | Change, { do: 'define' }>): string {
  if (/__r\d+$/i.test(view.schema)) return `-- the text of ${qualified(view)} rests in ${CONTROL}.RESTING`;
  return readView(sql) === 'unreadable' ? `-- ${qualified(view)}: ${sql}` : createView(view, sql);
}

const nameOf = (name: Name): string => (isRelation(name) ? qualified(name) : containerName(name));
