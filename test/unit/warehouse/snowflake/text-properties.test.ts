import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Relation } from '../../../../src/domain/relation.ts';
import { readsOf } from '../../../../src/warehouse/snowflake/text/reads.ts';
import { renamed } from '../../../../src/warehouse/snowflake/text/renamed.ts';
import { createView, definitionOf, readView } from '../../../../src/warehouse/snowflake/text/view.ts';
import { withoutDatabase } from '../../../../src/warehouse/snowflake/text/without-database.ts';
import { built, noise, type Spelling } from './text-grammar.ts';

const relations = 6;
const tapes = fc.array(fc.nat(1000), { minLength: 20, maxLength: 300 });
const runs = { numRuns: 100 };
const green = { database: 'DB', schema: 'GREEN' };
const live = { database: 'DB', schema: 'LIVE' };
const named = (schema: string, identifier: string): Relation => ({ location: '', database: 'DB', schema, identifier });

const full = (schema: string, identifier: string): Spelling => ({
  from: (n) => `DB.${schema}.${identifier}${n}`,
  qualifier: (n, form) => [`DB.${schema}.`, `${schema}.`, ''][form] + identifier + n,
});

const mixed: Spelling = {
  from: (n, form) =>
    [`db.green.t${n}`, `Green . t${n}`, `"DB"."GREEN"."T${n}"`, `identifier('green.T${n}')`, `table('DB.green.t${n}')`][
      form
    ] ?? '',
  qualifier: (n, form) => [`Db.Green.T${n}`, `"GREEN" . t${n}`, `t${n}`][form] ?? '',
};

const identifiers = (reads: readonly Relation[] | 'unreadable') =>
  reads === 'unreadable' ? reads : reads.map(({ schema, identifier }) => `${schema}.${identifier}`).toSorted();

const pairs = (from: string, to: string, before = 'T', after = 'T') =>
  Array.from({ length: relations }, (_, n) => [named(from, `${before}${n}`), named(to, `${after}${n}`)] as const);

describe('queries of a small grammar', () => {
  it('read what they were built to read, however that is written', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const { query, reads } = built(tape, relations, mixed);
        expect(identifiers(readsOf(query, green))).toEqual([...reads].map((n) => `GREEN.T${n}`).toSorted());
      }),
      runs,
    );
  });

  it.each([
    ['the same identifiers', 'T'],
    ['other identifiers', 'NEW_T'],
  ])('are, renamed to %s, what they would have been built with', (_, identifier) => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const before = built(tape, relations, full('GREEN', 'T')).query;
        const after = built(tape, relations, full('LIVE', identifier)).query;
        expect(renamed(before, green, live, pairs('GREEN', 'LIVE', 'T', identifier))).toEqual({ query: after });
        expect(renamed(after, live, green, pairs('LIVE', 'GREEN', identifier, 'T'))).toEqual({ query: before });
      }),
      runs,
    );
  });

  it('read the live side after they are renamed, and keep their strings and comments', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const { query, reads } = built(tape, relations, mixed);
        const after = renamed(query, green, live, pairs('GREEN', 'LIVE', 'T', 'NEW_T'));
        const text = after === 'unreadable' ? after : after.query;
        expect(identifiers(readsOf(text, live))).toEqual([...reads].map((n) => `LIVE.NEW_T${n}`).toSorted());
        expect(text.match(noise)).toEqual(query.match(noise));
      }),
      runs,
    );
  });

  it('read the same side of their own database without its name', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const { query, reads } = built(tape, relations, full('GREEN', 'T'));
        const after = withoutDatabase(query, green, ['DB']);
        const text = after === 'unreadable' ? after : after.query;
        const other = readsOf(text, { database: 'OTHER', schema: 'ANY' });
        expect(other === 'unreadable' ? other : other.map(({ database }) => database)).toEqual(
          [...reads].map(() => 'OTHER'),
        );
        expect(text.match(noise)).toEqual(query.match(noise));
      }),
      runs,
    );
  });

  it('make views that say the same when they are read back', () => {
    fc.assert(
      fc.property(tapes, fc.boolean(), fc.constantFrom('', '(a, b)', "comment = 'from; x'"), (tape, secure, head) => {
        const { query } = built(tape, relations, mixed);
        const definition = definitionOf({ secure, recursive: false, head, query });
        const view = readView(`${createView(named('LIVE', 'V'), definition)};\n-- from dbt`);
        expect(view === 'unreadable' ? view : definitionOf(view)).toBe(definition);
      }),
      runs,
    );
  });
});

describe('any text', () => {
  it('is read or refused, and never changed where nothing is renamed', () => {
    const word = fc.constantFrom(
      ...'select from with as ( ) , . * join on where union all t a.b "q" \'s\' -- /* */ $$ @s : :: values table identifier lateral 1'.split(
        ' ',
      ),
      '\n',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 25 }), (words) => {
        const text = words.join(' ');
        const same = renamed(text, green, green, []);
        expect(same === 'unreadable' ? text : same.query).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});
