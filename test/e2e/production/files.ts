type Files = Readonly<Record<string, string>>;

const PARTS = 64;
const part = (n: number): string => String(n % PARTS).padStart(2, '0');
/** The part whose mart the commit changes; nothing else reads that. */
const CHANGED = 8;
const parts = Array.from({ length: PARTS }, (_, n) => n);

/** Three models for each part: a view, a table of it, and one of either kind that reads two of those. */
const staged = (n: number): Files => ({
  [`models/parts/stg_${part(n)}.sql`]: `{{ config(materialized='view') }}\nselect id, amount, ${n} as part from {{ source('raw', 'orders') }} where id % ${PARTS} = ${n}\n`,
  [`models/parts/part_${part(n)}.sql`]: `select part, count(*) as orders, sum(amount) as amount from {{ ref('stg_${part(n)}') }} group by part\n`,
  [`models/parts/mart_${part(n)}.sql`]: mart(n),
});
const mart = (n: number, more = ''): string =>
  `{{ config(materialized='${n % 2 === 0 ? 'view' : 'table'}') }}\nselect part, orders${more} from {{ ref('part_${part(n)}') }} union all select part, orders${more} from {{ ref('part_${part(n + 1)}') }}\n`;

const orders = (more: { readonly select: string; readonly columns: string }): Files => ({
  'models/orders.sql': `select id, customer, amount${more.select} from {{ source('raw', 'orders') }}\n`,
  'models/orders.yml': `models:
  - name: orders
    config:
      contract: {enforced: true}
      grants: {select: [reporter]}
      indexes: [{columns: [customer]}]
      post_hook: "comment on column {{ this }}.amount is 'in euro'"
    constraints: [{type: check, name: amount_counts, expression: "amount >= 0"}]
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}, {type: primary_key}], data_tests: [unique]}
      - {name: customer, data_type: integer}
      - {name: amount, data_type: numeric}
${more.columns}`,
});
const events = (more: string): Files => ({
  'models/events.yml': `models:
  - name: events
    config:
      materialized: incremental
      unique_key: id
      indexes: [{columns: [kind]}]
      grants: {select: [reporter]}
${more}`,
});
const history = (more: string): Files => ({
  'snapshots/customers_history.yml': `snapshots:
  - name: customers_history
    relation: ref('customers')
    config: {unique_key: id, strategy: check, check_cols: [city]${more}}
`,
});

/** A function; a view calls it. */
const vat = (percent: number): Files => ({
  'functions/vat.sql': `select round(amount * ${percent} / 100, 2)\n`,
});

/** A project of 200 models, a function, a snapshot and a seed, whose raw data others load. */
export const production: Files = {
  ...Object.assign({}, ...parts.map(staged)),
  ...orders({ select: '', columns: '' }),
  ...events(''),
  ...history(''),
  ...vat(16),
  'functions/vat.yml': `functions:
  - name: vat
    config: {volatility: stable}
    arguments: [{name: amount, data_type: numeric}]
    returns: {data_type: numeric}
`,
  'models/taxes.sql':
    "{{ config(materialized='view') }}\nselect id, {{ function('vat') }}(amount) as vat from {{ source('raw', 'orders') }}\n",
  'profiles.yml': `small:
  target: prod
  outputs:
    prod:
      type: postgres
      host: "{{ env_var('SHOP_HOST') }}"
      port: "{{ env_var('SHOP_PORT') | as_number }}"
      user: deploy
      password: "{{ env_var('SHOP_PASSWORD') }}"
      dbname: "{{ env_var('SHOP_DATABASE') }}"
      schema: analytics
      threads: 4
`,
  'models/sources.yml': 'sources: [{name: raw, tables: [{name: orders}, {name: events}, {name: customers}]}]\n',
  'models/events.sql':
    "select id, kind, batch, amount from {{ source('raw', 'events') }}\n{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}\n",
  'models/customers.sql':
    "{{ config(indexes=[{'columns': ['id'], 'unique': true}]) }}\nselect id, city from {{ source('raw', 'customers') }}\n",
  'models/order_totals.sql':
    "{{ config(materialized='view') }}\nselect c.city, count(*) as orders, sum(o.amount) as amount\nfrom {{ ref('orders') }} o join {{ ref('customers') }} c on c.id = o.customer group by c.city\n",
  'models/city_sizes.sql':
    "{{ config(materialized='materialized_view') }}\nselect city, count(*) as customers from {{ ref('customers') }} group by city\n",
  'models/cities.sql':
    "{{ config(materialized='view') }}\nselect s.city, c.country from {{ ref('city_sizes') }} s left join {{ ref('countries') }} c using (city)\n",
  'models/arrivals.sql':
    "{{ config(materialized='incremental') }}\nselect id, kind from {{ source('raw', 'events') }} {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}\n",
  'models/all_parts.sql': `${parts
    .filter((n) => n !== CHANGED)
    .map((n) => `select * from {{ ref('mart_${part(n)}') }}`)
    .join('\nunion all ')}\n`,
  'models/part_count.sql': "{{ config(materialized='view') }}\nselect count(*) as parts from {{ ref('all_parts') }}\n",
  'seeds/countries.csv': 'city,country\nBonn,de\nLyon,fr\n',
};

/** A commit that changes a table with what reads it, a function with what calls it, a view, and the tags or hooks of what keeps its history. */
export const change: Files = {
  ...orders({ select: ', round(amount * 0.19, 2) as vat', columns: '      - {name: vat, data_type: numeric}\n' }),
  ...events(`      tags: [hourly]\n      post_hook: "comment on table {{ this }} is 'since 2019'"\n`),
  ...history(', tags: [audited]'),
  ...vat(19),
  [`models/parts/mart_${part(CHANGED)}.sql`]: mart(CHANGED, ', amount'),
};

/** What that commit changes, by name, and from where its rows come. */
export const changed = {
  customers_history: 'seed',
  events: 'seed',
  mart_08: 'none',
  order_totals: 'none',
  orders: 'none',
  taxes: 'none',
  vat: 'none',
} as const;
