-- What holds on to the identity of functions, in the same columns as sql/postgres/ties.sql, wherever the function or what
-- holds on to it is in some schemas. What names a function in quotes (the body of another one) looks for it when it runs.
-- Parameters: $1 schemas; null: all but the engine's own and lastgreen's.
-- Sources: PostgreSQL documentation, "pg_depend", "pg_proc", "pg_attrdef", "pg_constraint", "pg_trigger".
with called as (
  select p.oid, n.nspname as schema, p.proname as name
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'lastgreen')
    and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
), dependent as materialized (
  select d.* from called c join pg_depend d on d.refclassid = 'pg_proc'::regclass and d.refobjid = c.oid
), tie as (
  select d.refobjid as oid, case o.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'rule on' end as what,
    o.oid as by_relation, null::text as by_name, case o.relkind when 'v' then 'follows' else 'holds' end as does,
    null::oid as by_function, 'reader ' || o.oid as object, null::oid as policy
  from dependent d join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
  join pg_class o on o.oid = w.ev_class
  union all
  select d.refobjid, 'policy ' || quote_ident(p.polname) || ' of', p.polrelid, null, 'follows', null, 'policy ' || p.oid, p.oid
  from dependent d join pg_policy p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
  union all
  select d.refobjid, case a.attgenerated when '' then 'default of ' else 'generated column ' end || quote_ident(a.attname) || ' of',
    f.adrelid, null, 'holds', null, null, null
  from dependent d join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
  join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
  union all
  select d.refobjid, 'constraint ' || quote_ident(f.conname) || case when f.conrelid = 0 then ' of a type' else ' of' end,
    nullif(f.conrelid, 0), case when f.conrelid = 0 then format_type(f.contypid, null) end, 'holds', null, null, null
  from dependent d join pg_constraint f on d.classid = 'pg_constraint'::regclass and f.oid = d.objid
  union all
  select d.refobjid, case when i.indrelid is null then 'partition key of' else 'index ' || quote_ident(o.relname) || ' of' end,
    coalesce(i.indrelid, o.oid), null, 'holds', null, null, null
  from dependent d join pg_class o on d.classid = 'pg_class'::regclass and o.oid = d.objid
  left join pg_index i on i.indexrelid = o.oid
  union all
  select d.refobjid, 'trigger ' || quote_ident(t.tgname) || ' of', t.tgrelid, null, 'holds', null, null, null
  from dependent d join pg_trigger t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
  where not t.tgisinternal and t.tgname <> 'lastgreen_writes'
  union all
  select d.refobjid, case p.prokind when 'a' then 'aggregate' else 'function' end, null, p.oid::regprocedure::text, 'holds',
    p.oid, null, null
  from dependent d join pg_proc p on d.classid = 'pg_proc'::regclass and p.oid = d.objid
  where p.oid <> d.refobjid
  union all
  select d.refobjid, o.type, null, o.identity, 'holds', null, null, null
  from dependent d cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) o
  where d.deptype in ('n', 'a') and d.classid not in ('pg_rewrite'::regclass,
    'pg_policy'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_class'::regclass, 'pg_trigger'::regclass,
    'pg_proc'::regclass)
), known as (
  select distinct c.schema, c.name, t.*, bn.nspname as by_schema, coalesce(b.relname, f.proname) as by_relname
  from tie t
  join called c on c.oid = t.oid
  left join pg_class b on b.oid = t.by_relation
  left join pg_proc f on f.oid = t.by_function
  left join pg_namespace bn on bn.oid = coalesce(b.relnamespace, f.pronamespace)
)
select k.schema, k.name, k.what, k.by_name, case when may.lacks is null then k.does else 'holds' end as does, may.lacks,
  k.object, k.by_schema, k.by_relname as by_relation,
  k.by_relation::text as by_id,
  case when k.does <> 'follows' or may.lacks is not null then null
    when p.oid is null then json_build_object('is', 'view', 'definition', pg_get_viewdef(b.oid), 'options', coalesce(b.reloptions, '{}'))
    else json_build_object('is', 'policy', 'name', p.polname, 'using', pg_get_expr(p.polqual, p.polrelid),
      'check', pg_get_expr(p.polwithcheck, p.polrelid)) end as binding
from known k
left join pg_class b on b.oid = k.by_relation
left join pg_policy p on p.oid = k.policy
-- Only an owner binds anew ("ALTER POLICY"), and a view's has to be able to create where it lies ("CREATE VIEW").
cross join lateral (
  select case when k.does <> 'follows' then null
    when not pg_has_role(b.relowner, 'usage')
      then format('%I is no member of %I, which owns it', current_user, pg_get_userbyid(b.relowner))
    when p.oid is null and not has_schema_privilege(b.relnamespace, 'create')
      then format('%I has no right to create in schema %I', current_user, k.by_schema) end as lacks
) may
where $1::text[] is null or k.schema = any ($1) or k.by_schema = any ($1)
order by k.schema, k.name, k.what
