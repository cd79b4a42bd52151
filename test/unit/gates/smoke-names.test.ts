import { describe, expect, test } from 'vitest';
import type { Smoke } from '../../../src/domain/settings.ts';
import { smoke } from '../../../src/gates/smoke.ts';
import { answersOf } from './asking.ts';
import { catalog, manifest, model, onIdle, settings, side, source, table, type World } from './world.ts';

const project = manifest([model('orders')], { sources: [source('raw', 'payments')] });
const held = catalog([table(onIdle('orders')), table(onIdle('payments', 'raw'))]);

async function asked(sql: string, o: World) {
  const one: Smoke = {
    name: 'bad',
    at: ['sealed'],
    severity: 'fail',
    timeoutMs: 60_000,
    form: 'offending',
    file: 'checks/bad.sql',
    sql,
  };
  const answers = await answersOf(smoke, {
    liveManifest: project,
    settings: settings({ smoke: [one] }),
    candidate: side(held),
    ...o,
  });
  return answers['smoke:bad'];
}

describe('the names in a smoke check', () => {
  const two = model('orders', { id: model('orders.v2').id, version: '2' });
  const one = model('orders', { id: model('orders.v1').id, version: '1' });
  const sqlOf = async (sql: string, o: World = {}) => {
    const said = await asked(sql, o);
    return said && 'sql' in said ? said.sql?.split('\n')[1] : said;
  };

  test.each([
    [`select 1 from {{ref("orders")}}`, 'select 1 from "shop"."main"."orders"'],
    [`select 1 from {{ ref('shop', 'orders') }}`, 'select 1 from "shop"."main"."orders"'],
    [`select 1 from {{ source('raw', 'payments') }}`, 'select 1 from "shop"."raw"."payments"'],
    ["select '{}', '{x}', '$&'", "select '{}', '{x}', '$&'"],
  ])('in %s are those of the side', async (sql, meant) => {
    expect(await sqlOf(sql)).toBe(meant);
  });

  test('pick a version when they say one, and ask which when they do not', async () => {
    const o = {
      liveManifest: manifest([one, two]),
      candidate: side(catalog([]), undefined, { relationOf: (id) => onIdle(`orders_${id.slice(-2)}`) }),
    };
    expect(await sqlOf("select 1 from {{ ref('orders', v=2) }}", o)).toBe('select 1 from "shop"."main"."orders_v2"');
    expect(await sqlOf("select 1 from {{ ref('orders') }}", o)).toMatchObject({
      because: 'orders may be model.shop.orders.v1, model.shop.orders.v2: say which',
    });
  });

  test.each([
    ["select 1 from {{ ref('gone') }}", 'this commit has no node gone'],
    ["select 1 from {{ source('raw', 'gone') }}", 'this commit has no source raw.gone'],
    [
      "select {{ var('x') }}",
      "a smoke check knows {relation}, {{ ref('x') }} and {{ source('a', 'b') }}, and not {{ var('x') }}",
    ],
    [
      '{% if true %} select 1 {% endif %}',
      "a smoke check knows {relation}, {{ ref('x') }} and {{ source('a', 'b') }}, and no other Jinja: {% if true %} select 1 {% endif %}",
    ],
    ['select 1 from {relation}', "{relation} needs a node: say {{ ref('x') }} instead"],
  ])('in %s are an error', async (sql, because) => {
    expect(await sqlOf(sql)).toEqual({ verdict: 'error', because });
  });

  test('are an error when the side has no relation for them', async () => {
    expect(await sqlOf("select 1 from {{ ref('orders') }}", { candidate: side(catalog([])) })).toEqual({
      verdict: 'error',
      because: 'this commit has no relation for model.shop.orders',
    });
  });
});
