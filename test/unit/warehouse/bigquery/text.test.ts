import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesRead } from '../../../../src/warehouse/bigquery/text/reads.ts';
import { renamed } from '../../../../src/warehouse/bigquery/text/renamed.ts';

const said = (text: string): string =>
  namesRead(text)
    ?.map(({ project, dataset, name }) => [project, dataset, name].filter((part) => part !== null).join('.'))
    .join(' ') ?? 'unreadable';

describe('what a view reads', () => {
  it.each([
    ['a name in one pair of backticks', 'select * from `shop-1.raw.orders`', 'shop-1.raw.orders'],
    ['each part in its own', 'select * from `shop-1`.`raw`.`orders`', 'shop-1.raw.orders'],
    ['some parts in one', 'select * from `shop-1.raw`.orders', 'shop-1.raw.orders'],
    ['a project with dashes and no backticks', 'select * from shop-prod-1.raw.orders o', 'shop-prod-1.raw.orders'],
    ['a project of a domain', 'select * from `example.com:shop.raw.orders`', 'example.com:shop.raw.orders'],
    ['a dataset of its own project', 'select * from raw.orders', 'raw.orders'],
    ['names that begin with digits behind a dot', 'select * from raw.2024_orders', 'raw.2024_orders'],
    ['wildcards', 'select * from `raw.events_*`', 'raw.events_*'],
    ['keywords behind a dot', 'select x.from, x.join from raw.select as x', 'raw.select'],
    ['lists and joins', 'select * from a.b, c.d x join e.f using (y) cross join (g.h)', 'a.b c.d e.f g.h'],
    ['joins in brackets', 'select * from (a.b join (c.d join e.f on true) on true), g.h', 'a.b c.d e.f g.h'],
    ['each once', 'select * from a.b union all select * from a.b', 'a.b'],
    ['no CTE', 'with x as (select * from a.b) select * from x, x y', 'a.b'],
    ['subqueries', 'select (select max(z) from c.d) from a.b where q in (select r from e.f)', 'c.d a.b e.f'],
    ['no array of what is read', 'select * from a.b as o, o.lines, unnest(o.tags) t, t.c.d', 'a.b'],
    ['no array of a table called by its own name', 'select * from `p.a.orders`, orders.lines', 'p.a.orders'],
    ['no array of an outer query', 'select array(select x from o.lines) from a.b o', 'a.b'],
    ['an array of what was read in brackets', 'select * from (a.b o join c.d on true), o.lines', 'a.b c.d'],
    ['a dataset called like a column', 'select o.raw from raw.orders o', 'raw.orders'],
    ['a dataset called like an alias of another query', 'select * from (select * from a.b raw), raw.c', 'a.b raw.c'],
    ['nothing in EXTRACT', 'select extract(year from o.day) from a.b o', 'a.b'],
    ['a query in EXTRACT', 'select extract(year from (select max(d) from c.d)) from a.b', 'c.d a.b'],
    ['nothing behind DISTINCT FROM', 'select * from a.b x where x.p is not distinct from x.q', 'a.b'],
    [
      'nothing in strings and comments',
      "select 'from a.b', r'''x ' from c.d''' -- from e.f\n# from g.h\n/* from i.j */",
      '',
    ],
    ['quotes behind backslashes', "select 'it\\'s from a.b' from c.d", 'c.d'],
    [
      'what comes before what is called like its dataset',
      'select * from (select * from b.c) x, b.d, a.b',
      'b.c b.d a.b',
    ],
    ['an array in an array', 'select * from a.b o, unnest(array(select x from o.lines)) y', 'a.b'],
    [
      'functions of datasets',
      'select `p.fn.clean`(x), fn.other(y), safe.substr(z, 1), lower(w) from a.b',
      'p.fn.clean fn.other a.b',
    ],
    ['table functions and their arguments', 'select * from fn.since(1, table a.b) f', 'fn.since a.b'],
    ['models', 'select * from ml.predict(model `p.a.m`, (select * from c.d))', 'p.a.m c.d'],
    ['as of a time', 'select * from a.b for system_time as of current_timestamp() join c.d using (x)', 'a.b c.d'],
    ['pivots', 'select * from a.b pivot(sum(x) for q in (1, 2)) join c.d using (x)', 'a.b c.d'],
    ['pipes', 'from a.b |> where x > 1 |> join c.d using (y) |> aggregate sum(z)', 'a.b c.d'],
    ['nothing that a dataset tells of itself', 'select * from raw.INFORMATION_SCHEMA.TABLES', ''],
    ['star except', 'select * except (x) from a.b where true', 'a.b'],
    ['named windows', 'select sum(x) over w from a.b window w as (partition by y order by z)', 'a.b'],
  ])('%s', (_, text, names) => {
    expect(said(text)).toBe(names);
  });

  it.each([
    ['a string without its end', "select 'x from a.b"],
    ['a comment without its end', 'select 1 /* from a.b'],
    ['a name without its end', 'select * from `a.b'],
    ['brackets without their end', 'select (1 from a.b'],
    ['graphs', 'select * from graph_table(a.g match (n) return n.x)'],
    ['names of too many parts', 'select * from a.b.c.d'],
  ])('is unreadable with %s', (_, text) => {
    expect(said(text)).toBe('unreadable');
  });
});

const toBlue = (text: string): string | null =>
  renamed(text, {
    project: 'shop-prod',
    dataset: (name) => (/^analytics__green(?=_|$)/.test(name) ? name.replace('__green', '__blue') : null),
  });

describe('a text for another slot', () => {
  it.each([
    ['`shop-prod.analytics__green.orders`', '`shop-prod.analytics__blue.orders`'],
    ['`shop-prod`.`analytics__green_marts`.`orders`', '`shop-prod`.`analytics__blue_marts`.`orders`'],
    ['`shop-prod.analytics__green`.orders', '`shop-prod.analytics__blue`.orders'],
    ['shop-prod.analytics__green.orders', 'shop-prod.analytics__blue.orders'],
    ['analytics__green.orders', 'analytics__blue.orders'],
    ['`analytics__green`.fn(x)', '`analytics__blue`.fn(x)'],
    ['`analytics__green.orders`.amount', '`analytics__blue.orders`.amount'],
    // Not of this slot, or not of this project, or no dataset.
    ['`shop-prod.analytics.orders`', '`shop-prod.analytics.orders`'],
    ['`shop-prod.analytics__grey.orders`', '`shop-prod.analytics__grey.orders`'],
    ['`other.analytics__green.orders`', '`other.analytics__green.orders`'],
    ['other-shop-prod.analytics__green.orders', 'other-shop-prod.analytics__green.orders'],
    ['o.analytics__green.x', 'o.analytics__green.x'],
    ["'analytics__green.orders' -- analytics__green.orders", "'analytics__green.orders' -- analytics__green.orders"],
  ])('%s is %s there', (from, to) => {
    expect(toBlue(`select 1 from ${from}`)).toBe(`select 1 from ${to}`);
  });

  it.each([
    ['an alias has the name of a dataset', 'select analytics__green.x from a.b as analytics__green'],
    ['a CTE has', 'with analytics__green as (select 1) select * from analytics__green'],
    ['the text cannot be read', "select 'x from analytics__green.orders"],
  ])('nobody knows where %s', (_, text) => {
    expect(toBlue(text)).toBeNull();
  });

  it('reads the same, by its own names', () => {
    const spaces = fc.constantFrom(' ', '\n', ' /* analytics__green.x */ ', ' -- `analytics__green`\n');
    const names = fc.constantFrom('orders', 'customers', 'join', '2024');
    const paths = fc
      .tuple(
        fc.constantFrom('shop-prod', 'other'),
        fc.constantFrom('analytics__green', 'analytics__green_marts', 'raw'),
        names,
      )
      .chain(([project, dataset, name]) =>
        fc.constantFrom(
          `\`${project}.${dataset}.${name}\``,
          `\`${project}\`.\`${dataset}\`.\`${name}\``,
          `\`${project}.${dataset}\`.${name}`,
          `${project}.${dataset}.${name}`,
        ),
      );
    const parts = fc.tuple(spaces, paths, fc.constantFrom(' join', ',', ' cross join'), spaces);
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1 }), (list) => {
        const text = `select 'it''s', x from ${list.map(([a, path, join, b]) => `${a}${path} as t${join}${b}`).join('')} a.b`;
        const there = said(text).replaceAll(/(?<=(^| )shop-prod\.)analytics__green/g, 'analytics__blue');
        expect(said(toBlue(text) ?? 'select 1')).toBe(there);
      }),
    );
  });
});
