/**
 * What sqlglot 30.30 says that these queries read: the tables of its Snowflake dialect's scopes, with identifiers
 * normalised, where a view in DB.GREEN resolves them.
 */
export const corpus: readonly (readonly [reads: string, query: string])[] = [
  ['', 'select 1'],
  ['DB.GREEN.ORDERS', 'select * from orders'],
  ['DB.RAW.ORDERS', 'select * from raw.orders'],
  ['DB.GREEN.ORDERS', 'select * from db.green.orders'],
  ['DB.GREEN.orders', 'select * from "DB"."GREEN"."orders" as o'],
  [
    'DB.GREEN.CUSTOMERS DB.GREEN.ORDERS',
    'select o.id, c.name from db.green.orders o, db.green.customers as c where o.customer_id = c.id',
  ],
  [
    'DB.GREEN.A DB.GREEN.B DB.GREEN.C DB.GREEN.D DB.GREEN.E DB.GREEN.F',
    'select * from a left join b on a.id = b.id inner join c using (id) cross join d natural join e full outer join f on f.id = a.id',
  ],
  [
    'DB.RAW.ORDERS',
    'with source as (select * from db.raw.orders), renamed as (select id as order_id, user_id as customer_id, order_date, status from source) select * from renamed',
  ],
  [
    'DB.GREEN.STG_CUSTOMERS DB.GREEN.STG_ORDERS DB.GREEN.STG_PAYMENTS',
    `with customers as (

    select * from db.green.stg_customers

),

orders as (

    select * from db.green.stg_orders

),

payments as (

    select * from db.green.stg_payments

),

customer_orders as (

        select
        customer_id,

        min(order_date) as first_order,
        max(order_date) as most_recent_order,
        count(order_id) as number_of_orders
    from orders

    group by customer_id

),

customer_payments as (

    select
        orders.customer_id,
        sum(amount) as total_amount

    from payments

    left join orders on
         payments.order_id = orders.order_id

    group by orders.customer_id

),

final as (

    select
        customers.customer_id,
        customers.first_name,
        customers.last_name,
        customer_orders.first_order,
        customer_orders.most_recent_order,
        customer_orders.number_of_orders,
        customer_payments.total_amount as customer_lifetime_value

    from customers

    left join customer_orders
        on customers.customer_id = customer_orders.customer_id

    left join customer_payments
        on  customers.customer_id = customer_payments.customer_id

)

select * from final`,
  ],
  [
    'ANALYTICS.PROD__GREEN.STG_ORDERS ANALYTICS.PROD__GREEN.STG_PAYMENTS',
    `(
    with orders as (
        select * from analytics.prod__green.stg_orders
    ),
    order_payments as (
        select
            order_id,
            sum(case when payment_method = 'credit_card' then amount else 0 end) as credit_card_amount,
            sum(case when payment_method = 'coupon' then amount else 0 end) as coupon_amount,
            sum(amount) as total_amount
        from analytics.prod__green.stg_payments
        group by order_id
    )
    select orders.order_id, order_payments.credit_card_amount, -- from nowhere
        order_payments.total_amount as amount
    from orders
    left join order_payments on orders.order_id = order_payments.order_id
)`,
  ],
  [
    'DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3 DB.GREEN.T4 DB.GREEN.T5 DB.GREEN.T6',
    'select a from t1 union all select a from t2 union select a from t3 except select a from t4 intersect select a from t5 minus select a from t6',
  ],
  ['DB.GREEN.T1 DB.GREEN.T2', '(select a from t1) union all (select a from t2 order by a limit 1)'],
  [
    'DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3',
    'select * from ((select a from t1) union all (select a from t2)) as u join t3 on u.a = t3.a',
  ],
  ['DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3', 'select * from (t1 join t2 on t1.a = t2.a) join t3 on t3.a = t1.a'],
  [
    'DB.GREEN.M DB.GREEN.N DB.GREEN.P DB.GREEN.Q DB.GREEN.T',
    'select (select max(x) from m) as top, exists (select 1 from n where n.id = t.id) as there from t where t.id in (select id from p) and t.k = any (select k from q)',
  ],
  [
    'DB.RAW.EVENTS',
    'select f.value:name::string as name, t.src:from.customers::string as c from db.raw.events t, lateral flatten(input => t.src:items) f',
  ],
  ['DB.GREEN.T', 'select * from t, table(flatten(input => t.v, outer => true)) as f'],
  ['', 'select seq4() as n from table(generator(rowcount => 100)) g'],
  ['DB.GREEN.T', `select * from (values (1, 'from x'), (2, 'b')) as v (id, name) join t on t.id = v.id`],
  [
    'DB.GREEN.MONTHLY_SALES',
    `select * from monthly_sales pivot (sum(amount) for month in ('JAN', 'FEB')) as p order by emp_id`,
  ],
  [
    'DB.GREEN.MONTHLY_SALES',
    'select * from monthly_sales unpivot (sales for month in (jan, feb, mar)) order by emp_id',
  ],
  [
    'DB.GREEN.ORDERS',
    'select extract(year from d) as y, extract(month from o.created_at) as m, substring(n, 2) as t from orders o',
  ],
  ['DB.GREEN.A DB.GREEN.B', 'select * from a join b on a.x is not distinct from b.x and a.y is distinct from b.y'],
  [
    'DB.GREEN.NODES',
    'with recursive tree (id, parent, depth) as (select id, parent, 0 from nodes where parent is null union all select n.id, n.parent, tree.depth + 1 from nodes n join tree on n.parent = tree.id) select * from tree',
  ],
  [
    'DB.GREEN.C',
    'with a as (with b as (select * from c) select * from b), b as (select * from a) select * from b join c on true',
  ],
  [
    'DB.GREEN.ORDERS',
    'with orders as (select 1 as id) select orders.id from orders join db.green.orders as o on o.id = orders.id',
  ],
  [
    'DB.GREEN.T DB.GREEN.U',
    `select * from t at (timestamp => '2024-01-01'::timestamp) as x join u before (statement => '8e5d0ca9') on x.id = u.id`,
  ],
  ['DB.GREEN.T DB.GREEN.U', 'select * from t sample (10) join u tablesample bernoulli (5) on t.id = u.id'],
  [
    'DB.GREEN.ORDERS',
    'select id, row_number() over (partition by customer_id order by created_at desc) as rn from orders qualify rn = 1',
  ],
  ['DB.GREEN.PEOPLE', `select listagg(name, ', ') within group (order by name) as names from people group by all`],
  [
    'DB.GREEN.QUOTES DB.GREEN.TRADES',
    'select * from trades t asof join quotes q match_condition (t.ts >= q.ts) on t.symbol = q.symbol',
  ],
  ['DB.GREEN.T', 'select * exclude (a, b) rename (c as d) from t'],
  ['', 'select t.$1, t.$2 from (values (1, 2)) as t'],
  ['DB.GREEN.T', `select 'select * from secret' as a, $$ from other $$ as b, "from" from t -- from comment`],
  [
    'DB.GREEN.T',
    `select /* from x join y */ a // from z
from t`,
  ],
  [
    'DB.GREEN.T DB.GREEN.U',
    `select case when a = 1 then 'x' else (select max(b) from u) end from t where left(a, 1) = 'l'`,
  ],
  [
    'DB.GREEN.T DB.GREEN.U DB.GREEN.V',
    'select * from t where (a, b) in (select a, b from u) and c not in (select c from v)',
  ],
  ['DB.GREEN.T DB.GREEN.U', 'select * from t, lateral (select * from u where u.id = t.id) as l'],
  [
    'DB.GREEN.T DB.GREEN.U',
    'select t.id from t left join lateral (select max(x) as x from u where u.id = t.id) l on true',
  ],
  ['DB.INFORMATION_SCHEMA.TABLES', `select * from db.information_schema.tables where table_schema = 'GREEN'`],
  [
    'DB.GREEN.T',
    'select nth_value(x, 2) over (order by y) as n, first_value(x) ignore nulls over (partition by z order by y) as f from t',
  ],
  [
    'DB.GREEN.T',
    `select array_agg(distinct x) as xs, object_construct('from', y) as o, {'from': z, 'join': [w, w]} as p from t group by 1`,
  ],
  [
    'DB.RAW.EVENTS',
    `select date_trunc('day', ts)::date as day, count(*) as n, count(distinct user_id) as users from db.raw.events where ts >= dateadd(day, -7, current_date) group by 1 having count(*) > 10 order by 1 desc nulls last limit 10 offset 5`,
  ],
  [
    'DB.GREEN.EMP',
    `select employee, manager from emp start with title = 'President' connect by manager = prior employee order by employee`,
  ],
  [
    'DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3',
    'select a from t1 union all (select a from t2 where a in (select a from t3)) order by a',
  ],
  [
    'DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3',
    'with a as (select * from t1), b as (select * from a union all select * from t2) select * from b where exists (with c as (select * from a) select * from c, t3)',
  ],
  [
    'DB.GREEN.Order Lines',
    `select iff(o.total > 0, 'y', 'n') as flag, zeroifnull(o.total) as total, nvl(o.a, o.b) as c from db.green."Order Lines" o`,
  ],
  ['DB.GREEN.STAGE_COPY', 'select $1:a.b::string as v from db.green.stage_copy'],
  [
    'DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3 DB.GREEN.T4',
    'select * from t1 join (t2 join t3 on t2.id = t3.id) on t1.id = t2.id, t4',
  ],
  ['DB.GREEN.ORDERS', 'select * from db.green.orders where id = (select max(id) from db.green.orders)'],
  [
    'ANALYTICS.PROD.DIM_CUSTOMERS ANALYTICS.PROD__GREEN.ORDER_LINES ANALYTICS.RAW.BLOCKED_CUSTOMERS',
    `with base as (
    select
        md5(cast(coalesce(cast(o.id as text), '_dbt_utils_surrogate_key_null_') || '-' || coalesce(cast(o.line as text), '_dbt_utils_surrogate_key_null_') as text)) as key,
        o.*
    from analytics.prod__green.order_lines as o
    where o._loaded_at >= (select coalesce(max(_loaded_at), '1900-01-01'::timestamp_ntz) from analytics.prod__green.order_lines)
),
deduplicated as (
    select * from base
    qualify row_number() over (partition by key order by _loaded_at desc) = 1
)
select d.*, c.country_code, regexp_replace(c.phone, '[^0-9\\']+', '') as phone
from deduplicated d
left join analytics.prod.dim_customers c
    on d.customer_id = c.customer_id
    and d.ordered_at between c.valid_from and coalesce(c.valid_to, '9999-12-31')
where not exists (select 1 from analytics.raw.blocked_customers bc where bc.id = d.customer_id)`,
  ],
  [
    'DB.SEEDS.HOLIDAYS',
    `with date_spine as (
    with rawdata as (
        with p as (
            select 0 as generated_number union all select 1
        ), unioned as (
            select p0.generated_number * power(2, 0) + p1.generated_number * power(2, 1) + 1 as generated_number
            from p as p0 cross join p as p1
        )
        select * from unioned where generated_number <= 4 order by generated_number
    ),
    all_periods as (
        select (dateadd(day, row_number() over (order by 1) - 1, cast('2020-01-01' as date))) as date_day from rawdata
    ),
    filtered as (
        select * from all_periods where date_day <= cast('2027-01-01' as date)
    )
    select * from filtered
)
select s.date_day, h.name as holiday from date_spine s left join db.seeds.holidays h on h.day = s.date_day`,
  ],
  [
    'DB.GREEN.A DB.GREEN.B',
    `(
            select
                cast('DB.GREEN.A' as TEXT) as _dbt_source_relation,
                cast("ID" as NUMBER(38,0)) as "ID" ,
                cast(null as character varying(16777216)) as "NAME"
            from DB.GREEN.A
        )
        union all
        (
            select
                cast('DB.GREEN.B' as TEXT) as _dbt_source_relation,
                cast("ID" as NUMBER(38,0)) as "ID" ,
                cast("NAME" as character varying(16777216)) as "NAME"
            from DB.GREEN.B
        )`,
  ],
  [
    'DB.GREEN.ORDERS DB.GREEN.PAYMENTS',
    `select o.id, sum(iff(p.kind = 'refund', -1, 1) * p.amount) over (partition by o.id order by p.at rows between unbounded preceding and current row) as running from db.green.orders o join db.green.payments p on p.order_id = o.id`,
  ],
  [
    'DB.GREEN.T',
    'select t.* from t match_recognize (partition by a order by b measures match_number() as n one row per match after match skip to last up pattern (strt down+ up+) define down as p < lag(p), up as p > lag(p)) as t',
  ],
  [
    'DB.GREEN.T1 DB.GREEN.T2 DB.GREEN.T3',
    `select * from t1 left outer join t2 on t1.a = t2.a right join t3 on t3.a = t2.a where t1.b like '%from t9%'`,
  ],
  [
    'DB.GREEN.A DB.GREEN.B DB.GREEN.C',
    'with q as (select * from a), r as (select q.x, (select max(y) from b where b.x = q.x) as y from q) select * from r union all select x, y from c where x not in (select x from q)',
  ],
  [
    'DB.RAW.LINES',
    `select try_to_number(split_part(x, '|', 1)) as a, position('b' in x) as p, x ilike any ('a%', 'b%') as m from db.raw.lines`,
  ],
  ['DB.GREEN.T', 'select grouping(a) as g, a, b, sum(c) from t group by grouping sets ((a), (a, b), ())'],
  ['DB.GREEN.ORDERS', 'select * from db.green.orders for_alias where for_alias.x = 1'],
  ['DB.we"ird.a"b', 'select "a""b"."c" from "we""ird"."a""b"'],
];
