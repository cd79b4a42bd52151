-- Every relation of some schemas, with columns, a view's text and what it reads.
-- Parameters: $1 schemas; null: all but the engine's own and lastgreen's. $2 whole; false leaves out columns, texts, grants,
-- policies and keys, which a cutover does not ask for and which take most of the time.
-- Sources: PostgreSQL documentation, "pg_class", "pg_depend", "pg_rewrite", "pg_constraint".
select n.nspname as schema, c.relname as name, c.oid::text as id,
  case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
    when 'm' then 'materialized view' when 'f' then 'foreign table' end as kind,
  case when $2::boolean and c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
  case when $2 then coalesce((
    select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'nullable', not a.attnotnull) order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ), '[]') else '[]' end as columns,
  case when c.relkind in ('v', 'm') then coalesce((
    select json_agg(distinct jsonb_build_object('schema', rn.nspname, 'name', r.relname))
    from pg_rewrite w
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
    join pg_class r on r.oid = d.refobjid and r.oid <> c.oid and r.relkind in ('r', 'p', 'v', 'm', 'f')
    join pg_namespace rn on rn.oid = r.relnamespace
    where w.ev_class = c.oid
  ), '[]') else '[]' end as reads,
  json_build_object('owner', pg_get_userbyid(c.relowner), 'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
    'options', coalesce((select json_agg(o order by o) from unnest(c.reloptions) o where c.relkind = 'v'), '[]'),
    'grants', case when $2 then coalesce((
      select json_agg(distinct jsonb_build_object('column', g.attname, 'what', concat(
        g.privilege_type, ' (' || quote_ident(g.attname) || ')', ' to ',
        case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end, passing.text))) from (
        select null::name as attname, a.* from aclexplode(c.relacl) a where a.grantee <> c.relowner
        union all
        select o.attname, a.* from pg_attribute o cross join lateral aclexplode(o.attacl) a
        where o.attrelid = c.oid and not o.attisdropped
      ) g
      -- Who may pass a right on has it, and may pass it on.
      cross join lateral (select '' as text union all select ' with grant option' where g.is_grantable) passing), '[]') else '[]' end,
    'policies', case when $2 then coalesce((
      select json_agg(concat_ws(' ', p.polname, case when p.polpermissive then 'permissive' else 'restrictive' end, p.polcmd,
        (select string_agg(case when r = 0 then 'public' else pg_get_userbyid(r) end, ',' order by r) from unnest(p.polroles) r),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
      from pg_policy p where p.polrelid = c.oid), '[]') else '[]' end,
    -- Without the schema that it refers to: that is another one on the idle side.
    'keys', case when $2 then coalesce((
      select json_agg(k.text order by k.text) from (
        select 'foreign key (' || string_agg(quote_ident(a.attname), ', ' order by u.n) || ') to ' || quote_ident(r.relname) ||
          ' (' || string_agg(quote_ident(ra.attname), ', ' order by u.n) || ')' as text
        from pg_constraint f
        join pg_class r on r.oid = f.confrelid
        cross join lateral unnest(f.conkey, f.confkey) with ordinality as u (own, other, n)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = u.own
        join pg_attribute ra on ra.attrelid = f.confrelid and ra.attnum = u.other
        where f.conrelid = c.oid and f.contype = 'f'
        group by f.oid, r.relname
      ) k), '[]') else '[]' end) as protection
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
  and case when $1::text[] is null
    then n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'lastgreen')
    else n.nspname = any ($1) end
order by n.nspname, c.relname
