-- Every function of some schemas, one row for each name: signature, rights, and what it reads as far as the engine keeps
-- that (types, and bodies that are BEGIN ATOMIC; what a body in quotes reads is looked for by name when it runs). Those of
-- extensions are left out.
-- Parameters: $1 schemas; null: all but the engine's own and lastgreen's.
-- Sources: PostgreSQL documentation, "pg_proc", "pg_depend", "System Catalog Information Functions".
with named as (
  select n.nspname, p.proname, array_agg(p.oid order by p.oid) as oids
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where case when $1::text[] is null
      then n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'lastgreen')
      else n.nspname = any ($1) end
    and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
  group by n.nspname, p.proname
)
select m.nspname as schema, m.proname as name, array_to_string(m.oids, '+') as id,
  case when cardinality(m.oids) > 1 then 'overloaded function' when p.prokind = 'a' then 'aggregate'
    when p.prokind = 'p' then 'procedure' when p.prokind = 'w' then 'window function' else 'function' end as kind,
  null as definition,
  -- Types of its own schema by their bare names: that is another one on the idle side.
  case when p.prokind <> 'a' then json_build_array(
    json_build_object('name', 'arguments', 'nullable', true, 'type',
      '(' || replace(pg_get_function_arguments(p.oid), quote_ident(m.nspname) || '.', '') || ')'),
    json_build_object('name', 'returns', 'nullable', true, 'type',
      coalesce(replace(pg_get_function_result(p.oid), quote_ident(m.nspname) || '.', ''), 'nothing'))
  ) else '[]' end as columns,
  coalesce((
    select json_agg(distinct jsonb_build_object('schema', rn.nspname, 'name', r.name))
    from pg_depend d
    cross join lateral (
      select c.relnamespace as namespace, c.relname as name from pg_class c
      where d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid and c.relkind in ('r', 'p', 'v', 'm', 'f')
      union all
      select c.relnamespace, c.relname
      from pg_type t left join pg_type e on e.oid = t.typelem join pg_class c on c.oid in (t.typrelid, e.typrelid)
      where d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid and c.relkind in ('r', 'p', 'v', 'm', 'f')
      union all
      select f.pronamespace, f.proname from pg_proc f
      where d.refclassid = 'pg_proc'::regclass and f.oid = d.refobjid and f.oid <> all (m.oids)
    ) r
    join pg_namespace rn on rn.oid = r.namespace
    where d.classid = 'pg_proc'::regclass and d.objid = any (m.oids)
  ), '[]') as reads,
  json_build_object('owner', pg_get_userbyid(p.proowner), 'rowSecurity', false, 'forced', false, 'options', '[]'::json,
    'grants', coalesce((
      select json_agg(distinct jsonb_build_object('column', null, 'what', a.privilege_type || ' to ' ||
        case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end || passing.text))
      from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      cross join lateral (select '' as text union all select ' with grant option' where a.is_grantable) passing
      where a.grantee <> p.proowner), '[]'),
    'policies', '[]'::json, 'keys', '[]'::json,
    'function', (
      select coalesce(json_agg(rule), '[]') from (
        select 'being closed to public' as rule where not exists (
          select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
        union all select 'security definer' where p.prosecdef
        -- What it is set to may name a schema, which is another one on the idle side.
        union all select 'set ' || split_part(o, '=', 1) from unnest(p.proconfig) o
      ) rules)) as protection
from named m
join pg_proc p on p.oid = m.oids[1]
order by m.nspname, m.proname
