import type { Change, Fill } from '../../domain/change.ts';
import { isRelation, type Name } from '../../domain/relation.ts';
import { identifier, json, literal, moveStatements, qualified, wordFor } from './dialect.ts';
import { protectStatement } from './protect.ts';

/** As a person would type it in psql; what lastgreen's functions do is in sql/postgres/control. */
export function explain(step: Fill | Change, kind: string | null = null): string {
  switch (step.do) {
    case 'create':
      return `create schema if not exists ${nameOf(step.container)};`;
    case 'drop':
      if (!isRelation(step.what)) return `drop schema ${nameOf(step.what)};`;
      if (step.kind === 'function') return `drop function if exists ${nameOf(step.what)};`;
      return kind === null
        ? `-- drop ${nameOf(step.what)}, table or view, if it is there by then`
        : `drop ${wordFor(kind).toLowerCase()} if exists ${nameOf(step.what)};`;
    case 'copy':
      return isRelation(step.from) && isRelation(step.to)
        ? lines(
            `select lastgreen.copy_table(${literal(nameOf(step.from))}::regclass, ${literal(step.to.schema)}, ${literal(step.to.identifier)});`,
            ...(step.revoked
              ? [`select lastgreen.withdraw(${literal(nameOf(step.to))}::regclass, ${json(step.revoked)});`]
              : []),
          )
        : '-- a schema has no copy here';
    case 'bind':
      return '-- views here are bound to what they read';
    case 'define':
      return `create view ${nameOf(step.view)} as ${step.sql};`;
    case 'protect':
      return `${protectStatement(step)};`;
    case 'refer': {
      const ends = (of: 'was' | 'now'): string => regclasses(step.ends.map((end) => literal(nameOf(end[of]))));
      return `select lastgreen.refer(${literal(nameOf(step.live))}::regclass, ${literal(nameOf(step.idle))}::regclass, ${ends('was')}, ${ends('now')});`;
    }
    case 'move':
      return isRelation(step.from) && isRelation(step.to)
        ? moveStatements(step.from, step.to, step.what === 'function' ? 'function' : (kind ?? 'table'))
            .map((statement) => `${statement};`)
            .join('\n')
        : '-- a schema does not move here';
    case 'exchange':
    case 'point':
    case 'repoint':
      return `-- ${step.do} is not something a Postgres schema can do`;
  }
}

const lines = (...statements: readonly string[]): string => statements.join('\n');

const regclasses = (names: readonly string[]): string => `array[${names.join(', ')}]::regclass[]`;

const nameOf = (name: Name): string => (isRelation(name) ? qualified(name) : identifier(name.schema ?? ''));
