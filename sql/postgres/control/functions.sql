-- Functions that dbt builds go to live and back like relations. They have no locks that a statement would wait for.
-- Sources: PostgreSQL documentation, "ALTER FUNCTION", "CREATE FUNCTION", "System Catalog Information Functions".

-- A text with one schema in the place of another, wherever its name is a word of its own, quoted or not.
create or replace function lastgreen.with_schema(said text, was text, now text) returns text
  language plpgsql immutable set search_path = pg_catalog as $$
declare one record;
begin
  -- In double quotes a name has its own doubled.
  for one in
    select replace(was, '"', '""') as was, replace(now, '"', '""') as now
    union all
    select was, now where was like '%"%'
  loop
    continue when strpos(said, one.was) = 0;
    said := regexp_replace(said, '(?<![\w$])' || regexp_replace(one.was, '([^[:alnum:]_])', '\\\1', 'g') || '(?![\w$])',
      replace(one.now, '\', '\\'), 'g');
  end loop;
  return said;
end $$;

-- What a function says, without where it lies, and with the names of live for those of the schemas that releases are
-- built in: the same on both sides.
create or replace function lastgreen.function_text(one oid) returns text
  language plpgsql stable set search_path = pg_catalog as $$
declare
  said text;
  idle record;
begin
  select regexp_replace(substr(pg_get_functiondef(p.oid), length(format('CREATE OR REPLACE %s %I.',
      case p.prokind when 'p' then 'PROCEDURE' else 'FUNCTION' end, n.nspname)) + 1), '\s+$', '')
    into strict said from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = one;
  for idle in select i.schema_name, i.live from lastgreen.idle i where i.live is not null order by i.schema_name loop
    said := lastgreen.with_schema(said, idle.schema_name, idle.live);
  end loop;
  return said;
end $$;

-- A text for each name of a function that changes when a function of that name does, and stays when it moves to another
-- schema. A relation of the same name has the name to itself.
create or replace function lastgreen.function_fingerprints(schemas text[])
  returns table (schema_name text, name text, fingerprint text)
  language sql stable set search_path = pg_catalog as $$
  select n.nspname::text, p.proname::text,
    string_agg(p.oid || ' function ' || md5(case when p.prokind = 'a' then p::text else lastgreen.function_text(p.oid) end), ' '
      order by p.oid)
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any (schemas)
    and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
    and not exists (select from pg_class c where c.relnamespace = n.oid and c.relname = p.proname and c.relkind in ('r', 'p', 'v', 'm', 'f'))
  group by n.nspname, p.proname
$$;

-- Functions that have come to live name it where they named the schema that they were built in, as dbt would have written
-- them there. A body in quotes looks for what it names when it runs: that schema has it no more. `schemas`: live's name
-- of each other one. Owner, grants and whoever depends on it stay ("CREATE FUNCTION").
create or replace function lastgreen.name_live(functions oid[], schemas jsonb) returns void
  language plpgsql set search_path = pg_catalog set check_function_bodies = off as $$
declare
  one oid;
  was text;
  now text;
  moved record;
begin
  foreach one in array functions loop
    was := pg_get_functiondef(one);
    now := was;
    for moved in select key, value from jsonb_each_text(schemas) loop
      now := lastgreen.with_schema(now, moved.key, moved.value);
    end loop;
    if now <> was then
      execute now;
    end if;
  end loop;
end $$;

-- Every function of a name, whatever its arguments; fails where something else needs one (no CASCADE).
create or replace function lastgreen.drop_functions(schema_name text, name text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one oid;
begin
  for one in
    select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = drop_functions.schema_name and p.proname = drop_functions.name
      and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
    order by p.oid
  loop
    execute format('drop routine %s', one::regprocedure);
  end loop;
end $$;

-- The one function of a name. Raises undefined_function where there is none, and LG003 where there are several.
create or replace function lastgreen.function_of(schema_name text, name text) returns oid
  language plpgsql stable set search_path = pg_catalog as $$
declare found_ones oid[];
begin
  select array_agg(p.oid) into found_ones from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = function_of.schema_name and p.proname = function_of.name;
  if found_ones is null then
    raise exception 'there is no function %.%', quote_ident(schema_name), quote_ident(name) using errcode = 'undefined_function';
  end if;
  if cardinality(found_ones) > 1 then
    raise exception 'there are several functions %.%', quote_ident(schema_name), quote_ident(name) using errcode = 'LG003';
  end if;
  return found_ones[1];
end $$;

-- Gives a function the owner of another. Before anything is granted: what the owner before had goes to the new one.
create or replace function lastgreen.own_function_alike(live oid, other oid) returns void
  language sql set search_path = pg_catalog as $$
  select lastgreen.give_in(n.nspname, 'routine ' || o.oid::regprocedure, pg_get_userbyid(l.proowner))
  from pg_proc l, pg_proc o join pg_namespace n on n.oid = o.pronamespace
  where l.oid = live and o.oid = other and l.proowner <> o.proowner
$$;

-- Gives the function that will replace a live one at least the rights and protections that live's has: owner, grants,
-- SECURITY DEFINER, what is SET for it where the new one sets nothing itself, and the comment where it has none. The engine
-- opens every new function to all: where live's is closed, so is this one, and who is let in is let in by name.
create or replace function lastgreen.protect_function(live oid, green oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  was pg_proc;
  now pg_proc;
  one record;
begin
  perform lastgreen.own_function_alike(live, green);
  select * into strict was from pg_proc where oid = live;
  select * into strict now from pg_proc where oid = green;
  if not exists (select from aclexplode(coalesce(was.proacl, acldefault('f', was.proowner))) a where a.grantee = 0) then
    execute format('revoke execute on routine %s from public', green::regprocedure);
  end if;
  for one in
    select a.grantee, a.is_grantable from aclexplode(coalesce(was.proacl, acldefault('f', was.proowner))) a
    where a.grantee <> was.proowner
    except
    select a.grantee, a.is_grantable from aclexplode(coalesce(now.proacl, acldefault('f', now.proowner))) a
  loop
    execute format('grant execute on routine %s to %s %s', green::regprocedure,
      lastgreen.role_name(one.grantee),
      case when one.is_grantable then 'with grant option' else '' end);
  end loop;
  if was.prosecdef and not now.prosecdef then
    execute format('alter routine %s security definer', green::regprocedure);
  end if;
  -- FROM CURRENT takes a list as it is kept. A function that becomes somebody else is not made one here: the gate tells.
  for one in
    select split_part(o, '=', 1) as name, substr(o, strpos(o, '=') + 1) as value,
      format('alter routine %s set %I from current', green::regprocedure, split_part(o, '=', 1)) as statement
    from unnest(was.proconfig) o
    where lower(split_part(o, '=', 1)) not in ('role', 'session_authorization')
      and not exists (select from unnest(now.proconfig) n where lower(split_part(n, '=', 1)) = lower(split_part(o, '=', 1)))
  loop
    perform pg_catalog.set_config(one.name, one.value, true);
    execute one.statement;
    perform pg_catalog.set_config('search_path', 'pg_catalog', true);
  end loop;
  if obj_description(green, 'pg_proc') is null and obj_description(live, 'pg_proc') is not null then
    execute format('comment on routine %s is %L', green::regprocedure, obj_description(live, 'pg_proc'));
  end if;
end $$;

-- The same for what rests and is to come back in live's place: it also lets in nobody any more whom live does not.
create or replace function lastgreen.protect_kept_function(live oid, kept oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  perform lastgreen.own_function_alike(live, kept);
  for one in
    select given.grantee from (
      select a.grantee, a.is_grantable from pg_proc p
      cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where p.oid = kept and a.grantee <> p.proowner
      except
      select a.grantee, a.is_grantable from pg_proc p
      cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where p.oid = live
    ) given
  loop
    execute format('revoke all on routine %s from %s cascade', kept::regprocedure,
      lastgreen.role_name(one.grantee));
  end loop;
  perform lastgreen.protect_function(live, kept);
end $$;

-- What calls a function that takes something else now may be read otherwise than it was written: with a conversion that
-- the function before does not take. Then the way back would be shut. Raises LG003 with its name.
create or replace function lastgreen.view_is(view regclass, definition text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare now text := rtrim(pg_get_viewdef(view), E'; \n');
begin
  if now <> definition then
    raise exception 'view % calls what replaces a function otherwise than it is written: %', view, now using errcode = 'LG003';
  end if;
end $$;

create or replace function lastgreen.policy_is(relation regclass, policy text, qual text, checked text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare now record;
begin
  select pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as checked into strict now
    from pg_policy p where p.polrelid = policy_is.relation and p.polname = policy_is.policy;
  if (now.qual, now.checked) is distinct from (policy_is.qual, policy_is.checked) then
    raise exception 'policy % of % calls what replaces a function otherwise than it is written: %', quote_ident(policy),
      relation, concat_ws(' ', now.qual, now.checked) using errcode = 'LG003';
  end if;
end $$;
