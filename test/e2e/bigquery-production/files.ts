type Files = Readonly<Record<string, string>>;

/** Each row says in which run of dbt it was made. */
const events = `{{ config(materialized='incremental', unique_key='id') }}
select id, kind, '{{ invocation_id }}' as made_in from {{ source('raw', 'events') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
`;

/** Release 1 is what production was built from. */
export const orders = (release: number): Files => ({
  'models/orders.sql': `{{ config(partition_by={'field': 'day', 'data_type': 'date'}, cluster_by=['customer']) }}
select id, customer, amount, day, ${release} as release from {{ source('raw', 'orders') }}
`,
});

/** A shop: a table with rights and documentation, what keeps its history, a view over a source, and a mart of its own dataset. */
export const production: Files = {
  ...orders(1),
  'dbt_project.yml': `name: small
version: 1.0.0
config-version: 2
profile: small
models:
  +materialized: table
  +persist_docs: {relation: true, columns: true}
`,
  'profiles.yml': `small:
  target: prod
  outputs:
    prod: &prod
      type: bigquery
      method: oauth-secrets
      token: "{{ env_var('SHOP_TOKEN') }}"
      project: "{{ env_var('SHOP_PROJECT') }}"
      dataset: analytics
      location: US
      api_endpoint: "{{ env_var('SHOP_ENDPOINT') }}"
      job_retries: 0
      threads: 2
    reports: {<<: *prod, dataset: reporting}
`,
  'lastgreen.yml': `version: 1
environments:
  prod:
    target: prod
    rollback: {keep: 72h}
`,
  'models/sources.yml':
    'sources: [{name: raw, schema: shop_raw, tables: [{name: orders}, {name: events}, {name: customers}]}]\n',
  'models/orders.yml': `models:
  - name: orders
    description: every order, since 2019
    config:
      labels: {team: sales}
      grants: {roles/bigquery.dataViewer: ["user:reporter@shop.test"]}
    columns:
      - {name: amount, description: in euro}
`,
  'models/clients.sql': "{{ config(labels={'team': 'crm'}) }}\nselect * from {{ source('raw', 'customers') }}\n",
  'models/clients.yml':
    'models: [{name: clients, description: who buys, columns: [{name: name, description: in full}]}]\n',
  'models/events.sql': events,
  'models/recent.sql':
    "{{ config(materialized='view') }}\nselect id, customer, amount from {{ source('raw', 'orders') }} where id > 2\n",
  'models/by_city.sql': `{{ config(schema='marts') }}
select c.city, o.release, count(*) as orders from {{ ref('orders') }} o join {{ ref('cities') }} c on c.customer = o.customer group by 1, 2
`,
  'models/best_city.sql':
    "{{ config(materialized='view') }}\nselect city, release from {{ ref('by_city') }} order by orders desc limit 1\n",
  'seeds/cities.csv': 'customer,city\n1,Bonn\n2,Kiel\n',
  'snapshots/customers_history.yml': `snapshots:
  - name: customers_history
    relation: source('raw', 'customers')
    config: {unique_key: id, strategy: check, check_cols: [name]}
`,
};

/** What others load. */
export const raw: readonly string[] = [
  `create table shop_raw.orders as
   select 1 as id, 1 as customer, 10 as amount, date '2026-11-01' as day union all
   select 2, 1, 20, date '2026-11-02' union all select 3, 2, 30, date '2026-11-02'`,
  "create table shop_raw.events as select 1 as id, 'seen' as kind, 'web' as channel union all select 2, 'sold', 'shop'",
  "create table shop_raw.customers as select 1 as id, 'Ann' as name union all select 2, 'Bo'",
];

/** What people made beside it: a right, a table that nobody owns, and a view on what dbt builds. */
export const byHand: readonly string[] = [
  'grant `roles/bigquery.dataViewer` on table analytics.orders to "user:auditor@shop.test"',
  'create table analytics.budget as select 2026 as year, 100 as euro',
  `create view analytics.board as
   select city, release, (select count(*) from analytics.orders) as orders from analytics_marts.by_city`,
];
