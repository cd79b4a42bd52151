import type { Change, Fill } from '../../domain/change.ts';
import { isRelation, type Name, type Relation } from '../../domain/relation.ts';
import {
  cloneStatement,
  createView,
  datasetName,
  dropStatement,
  qualified,
  replaceView,
  servingText,
} from './dialect.ts';
import { datasetOf, type Places, sideOf, tableId } from './places.ts';

/** As a person would type it in the console (documentation, "Data definition language (DDL) statements in GoogleSQL"). */
export function explain(places: Places, step: Fill | Change, kind: string | null = null): string {
  const id = (relation: Relation) => tableId(places, relation);
  const nameOf = (name: Name): string => (isRelation(name) ? qualified(id(name)) : containerName(places, name));
  switch (step.do) {
    case 'create':
      return step.container.schema === null
        ? `-- datasets of ${step.container.location} are made where they are missing`
        : `CREATE SCHEMA IF NOT EXISTS ${nameOf(step.container)};`;
    case 'drop':
      if (!isRelation(step.what)) return `-- everything in ${nameOf(step.what)} is dropped; the dataset stays`;
      return kind === null
        ? `-- drop ${nameOf(step.what)}, table or view, if it is there by then`
        : `${dropStatement(kind, id(step.what))};`;
    case 'copy':
      return isRelation(step.from) && isRelation(step.to)
        ? `${cloneStatement(id(step.from), id(step.to), step.at)};`
        : `-- ${nameOf(step.to)} gets what ${nameOf(step.from)} has: nothing where it has it already, else by clone, or by a copy job`;
    case 'bind':
      return `-- views of ${nameOf(step.container)} read what lies beside them as they are`;
    case 'define':
      return sideOf(places, step.view.location) === 'live'
        ? `-- ${nameOf(step.view)} is a view that readers use: it is pointed, not defined`
        : `${replaceView(id(step.view), step.sql)};`;
    case 'protect':
      return `-- who may use ${nameOf(step.live)} may use ${nameOf(step.idle)}, under the same policies`;
    case 'refer':
      return `-- keys of ${nameOf(step.idle)} are those of ${nameOf(step.live)}`;
    case 'repoint':
      return repoint(id(step.name), step.to === null ? null : id(step.to), step.was === null);
    case 'exchange':
    case 'move':
    case 'point':
      return `-- ${step.do} is not something a BigQuery dataset can do`;
  }
}

/** By tables.patch with If-Match, so that only what was read before is replaced. */
function repoint(view: ReturnType<typeof tableId>, to: ReturnType<typeof tableId> | null, isNew: boolean): string {
  if (to === null) return `${dropStatement('view', view)};`;
  return `${(isNew ? createView : replaceView)(view, servingText(to))};`;
}

const containerName = (places: Places, { location, database, schema }: Exclude<Name, Relation>): string =>
  schema === null
    ? `${datasetName(database, location)} and its like`
    : datasetName(database, datasetOf(places, { location, schema }));
