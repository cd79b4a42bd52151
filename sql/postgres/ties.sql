-- What holds on to the identity of relations (of functions: sql/postgres/calls.sql), and would stay behind with the old one when another takes its name.
-- `does`: holds; follows (it can be bound to the new one in the same transaction: a view or a policy, from its own
-- text); refers (a foreign key of the relation itself). `object`: what lastgreen.guard calls it.
-- Parameters: $1 schemas; null: all but the engine's own and lastgreen's.
-- Sources: PostgreSQL documentation, "pg_depend", "pg_constraint", "pg_publication_rel", "pg_policy", "pg_trigger".
with held as (
  select c.oid, array[c.reltype, t.typarray] as types, n.nspname as schema, c.relname as name, c.relkind
  from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_type t on t.oid = c.reltype
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and case when $1::text[] is null
      then n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'lastgreen')
      else n.nspname = any ($1) end
), tie as (
  select distinct h.oid, case o.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'rule on' end as what,
    o.oid as by_relation, null::text as by_name, case o.relkind when 'v' then 'follows' else 'holds' end as does,
    null::oid as by_function, 'reader ' || o.oid as object, null::oid as policy
  from held h
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = h.oid and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite w on w.oid = d.objid
  join pg_class o on o.oid = w.ev_class and o.oid <> h.oid
  union all
  select h.oid, 'foreign key ' || quote_ident(f.conname) || ' of', f.conrelid, null::text, 'holds', null::oid, 'key ' || f.oid, null::oid
  from held h join pg_constraint f on f.contype = 'f' and f.confrelid = h.oid and f.conrelid <> h.oid
  union all
  select h.oid, 'foreign key ' || quote_ident(f.conname) || ' to', f.confrelid, null::text, 'refers', null::oid, null::text, null::oid
  from held h join pg_constraint f on f.contype = 'f' and f.conrelid = h.oid and f.confrelid <> h.oid
  union all
  select h.oid, 'publication', null::oid, quote_ident(p.pubname), 'holds', null::oid, null::text, null::oid
  from held h join pg_publication_rel r on r.prrelid = h.oid join pg_publication p on p.oid = r.prpubid
  union all
  select distinct h.oid, 'policy ' || quote_ident(p.polname) || ' of', p.polrelid, null::text, 'follows', null::oid, 'policy ' || p.oid, p.oid
  from held h
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = h.oid and d.classid = 'pg_policy'::regclass
  join pg_policy p on p.oid = d.objid and p.polrelid <> h.oid
  union all
  select distinct h.oid, 'function', null::oid, p.oid::regprocedure::text, 'holds', p.oid, null::text, null::oid
  from held h
  cross join lateral (select 'pg_class'::regclass, h.oid union all select 'pg_type'::regclass, unnest(h.types)) as named (class, id)
  join pg_depend d on d.classid = 'pg_proc'::regclass and d.refclassid = named.class and d.refobjid = named.id
  join pg_proc p on p.oid = d.objid
  union all
  select h.oid, 'trigger', null::oid, quote_ident(t.tgname), 'holds', null::oid, null::text, null::oid
  from held h join pg_trigger t on t.tgrelid = h.oid and not t.tgisinternal and t.tgname <> 'lastgreen_writes'
  union all
  select h.oid, 'child table', i.inhrelid, null::text, 'holds', null::oid, null::text, null::oid
  from held h join pg_inherits i on i.inhparent = h.oid
  union all
  select h.oid, 'parent table', i.inhparent, null::text, 'holds', null::oid, null::text, null::oid
  from held h join pg_inherits i on i.inhrelid = h.oid
  union all
  select distinct h.oid, 'column ' || quote_ident(a.attname) || ' of', a.attrelid, null::text, 'holds', null::oid, null::text, null::oid
  from held h cross join lateral unnest(h.types) as y (type)
  join pg_attribute a on a.atttypid = y.type and a.attrelid <> h.oid and not a.attisdropped
  union all
  -- A sequence goes with the table that owns it.
  select distinct h.oid, 'default of', f.adrelid, null::text, 'holds', null::oid, null::text, null::oid
  from held h
  join pg_depend o on o.classid = 'pg_class'::regclass and o.refclassid = 'pg_class'::regclass and o.refobjid = h.oid
    and o.deptype in ('a', 'i')
  join pg_class s on s.oid = o.objid and s.relkind = 'S'
  join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid
  join pg_attrdef f on f.oid = d.objid and f.adrelid <> h.oid
)
select h.schema, h.name, t.what, t.by_name, case when may.lacks is null then t.does else 'holds' end as does, may.lacks, t.object, bn.nspname as by_schema, coalesce(b.relname, f.proname) as by_relation,
  b.oid::text as by_id,
  case when t.does <> 'follows' or may.lacks is not null then null
    when p.oid is null then json_build_object('is', 'view', 'definition', pg_get_viewdef(b.oid), 'options', coalesce(b.reloptions, '{}'))
    else json_build_object('is', 'policy', 'name', p.polname, 'using', pg_get_expr(p.polqual, p.polrelid),
      'check', pg_get_expr(p.polwithcheck, p.polrelid)) end as binding
from tie t
join held h on h.oid = t.oid
left join pg_class b on b.oid = t.by_relation
left join pg_policy p on p.oid = t.policy
left join pg_proc f on f.oid = t.by_function
left join pg_namespace bn on bn.oid = coalesce(b.relnamespace, f.pronamespace)
-- Only an owner binds anew ("ALTER POLICY"), and a view's has to be able to create where it lies ("CREATE VIEW").
cross join lateral (
  select case when t.does <> 'follows' then null
    when not pg_has_role(b.relowner, 'usage')
      then format('%I is no member of %I, which owns it', current_user, pg_get_userbyid(b.relowner))
    when p.oid is null and not has_schema_privilege(b.relnamespace, 'create')
      then format('%I has no right to create in schema %I', current_user, bn.nspname) end as lacks
) may
order by h.schema, h.name, t.what
