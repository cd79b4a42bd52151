-- What left live, so that it can come back as it was.
-- Sources: PostgreSQL documentation, "pg_depend", "Privileges".

-- Who may do what, by name; null stands for everybody.
create or replace function lastgreen.grants_in(acl aclitem[]) returns jsonb
  language sql stable set search_path = pg_catalog as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
    'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
  from aclexplode(acl) a
$$;

-- Remembers what left live, and every view that rests as it is now: what it reads may have moved with this cutover.
create or replace function lastgreen.keep(environment text, schemas text[], release text, sha text, displaced_by text)
  returns void language plpgsql set search_path = pg_catalog as $$
begin
  insert into lastgreen.kept (environment, schema_name, release, sha, displaced_by)
    select keep.environment, s, keep.release, keep.sha, keep.displaced_by from unnest(schemas) s
    on conflict on constraint kept_pkey do nothing;
  insert into lastgreen.kept_view (environment, schema_name, name, definition, options, owner, grants, comment, columns)
    select keep.environment, n.nspname, c.relname, pg_get_viewdef(c.oid), c.reloptions, pg_get_userbyid(c.relowner),
      lastgreen.grants_in(c.relacl), obj_description(c.oid, 'pg_class'),
      coalesce((select jsonb_agg(jsonb_build_object('name', a.attname, 'comment', col_description(c.oid, a.attnum),
          'grants', lastgreen.grants_in(a.attacl)))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and (a.attacl is not null or col_description(c.oid, a.attnum) is not null)), '[]')
    from lastgreen.kept k join pg_namespace n on n.nspname = k.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relkind = 'v'
    where k.environment = keep.environment
    on conflict on constraint kept_view_pkey do update set definition = excluded.definition, options = excluded.options,
      owner = excluded.owner, grants = excluded.grants, comment = excluded.comment, columns = excluded.columns;
end $$;

-- Makes kept views again that a build on live has dropped together with what they read. What cannot be made again (it
-- reads what is not there any more) is left out. Returns how many are back.
create or replace function lastgreen.mend(environment text) returns integer
  language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  granted record;
  said jsonb;
  made integer := 0;
begin
  for one in
    select v.* from lastgreen.kept_view v join pg_namespace n on n.nspname = v.schema_name
    where v.environment = mend.environment
      and not exists (select from pg_class c where c.relnamespace = n.oid and c.relname = v.name)
  loop
    begin
      execute format('create view %I.%I %s as %s', one.schema_name, one.name,
        case when one.options is null then '' else 'with (' || array_to_string(one.options, ', ') || ')' end, one.definition);
      if to_regrole(quote_ident(one.owner)) is not null then
        perform lastgreen.give(format('%I.%I', one.schema_name, one.name)::regclass, one.owner);
      end if;
      for granted in
        select e as grants, null as name from jsonb_array_elements(one.grants) e
        union all
        select e, c ->> 'name' from jsonb_array_elements(one.columns) c cross join lateral jsonb_array_elements(c -> 'grants') e
      loop
        continue when to_regrole(quote_ident(granted.grants ->> 'grantee')) is null and granted.grants ->> 'grantee' is not null;
        execute format('grant %s %s on %I.%I to %s %s', granted.grants ->> 'privilege',
          case when granted.name is null then '' else format('(%I)', granted.name) end, one.schema_name, one.name,
          coalesce(quote_ident(granted.grants ->> 'grantee'), 'public'),
          case when (granted.grants ->> 'grantable')::boolean then 'with grant option' else '' end);
      end loop;
      if one.comment is not null then
        execute format('comment on view %I.%I is %L', one.schema_name, one.name, one.comment);
      end if;
      for said in select c from jsonb_array_elements(one.columns) c where c ->> 'comment' is not null loop
        execute format('comment on column %I.%I.%I is %L', one.schema_name, one.name, said ->> 'name', said ->> 'comment');
      end loop;
      made := made + 1;
    exception when syntax_error_or_access_rule_violation or feature_not_supported or invalid_schema_name then
      null;
    end;
  end loop;
  return made;
end $$;
