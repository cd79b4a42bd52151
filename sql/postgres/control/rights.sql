-- Who may do what with what replaces a live relation.
-- Sources: PostgreSQL documentation, "Privileges", "CREATE POLICY", "ALTER DEFAULT PRIVILEGES".

-- Gives what is named so, and lies in a schema, to an owner. One must be able to make such things there ("ALTER TABLE",
-- "ALTER FUNCTION", OWNER TO): for this moment.
create or replace function lastgreen.give_in(schema_name name, what text, owner name) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  lacks boolean := not has_schema_privilege(owner, quote_ident(schema_name)::regnamespace, 'create');
begin
  if lacks then
    execute format('grant create on schema %I to %I', schema_name, owner);
  end if;
  execute format('alter %s owner to %I', what, owner);
  if lacks then
    execute format('revoke create on schema %I from %I', schema_name, owner);
  end if;
end $$;

-- Gives a relation to an owner, with what belongs to it.
create or replace function lastgreen.give(relation oid, owner name) returns void
  language sql set search_path = pg_catalog as $$
  select lastgreen.give_in(n.nspname, case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
    when 'f' then 'foreign table' else 'table' end || ' ' || c.oid::regclass, owner)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = relation and pg_get_userbyid(c.relowner) <> owner
$$;

-- Gives a relation the owner of another. Before anything is granted: what the owner before had goes to the new one.
create or replace function lastgreen.own_alike(live oid, other oid) returns void
  language sql set search_path = pg_catalog as $$
  select lastgreen.give(other, pg_get_userbyid(relowner)) from pg_class where oid = live
$$;

-- Whether a list of rights, as dbt's `grants` config gives them, has one of an access control list. A name in it that no
-- role has is nobody's.
create or replace function lastgreen.is_among(rights jsonb, privilege text, grantee oid) returns boolean
  language sql stable set search_path = pg_catalog as $$
  select exists (
    select from jsonb_to_recordset(rights) r (privilege text, grantee text)
    where r.privilege in (is_among.privilege, 'ALL', 'ALL PRIVILEGES')
      and r.grantee = case when is_among.grantee = 0 then 'public' else pg_get_userbyid(is_among.grantee) end)
$$;

-- Takes rights away from a copy that live has and its new definition does not give.
create or replace function lastgreen.withdraw(copy oid, revoked jsonb) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  for one in
    select distinct a.grantee, a.privilege_type from pg_class c cross join lateral aclexplode(c.relacl) a
    where c.oid = copy and a.grantee <> c.relowner and lastgreen.is_among(revoked, a.privilege_type, a.grantee)
  loop
    execute format('revoke %s on %s from %s', one.privilege_type, copy::regclass,
      lastgreen.role_name(one.grantee));
  end loop;
end $$;

-- Gives what will replace a live relation at least the rights and protections that live has: owner, grants (of columns
-- too), row security with its policies, a view's security options, and comments where the new one has none. Nothing is
-- taken away: what the project itself grants stays. `revoked`, what the project granted until then and does not any more, is
-- not given; by whom live got it cannot be told. What the new one cannot have (a policy on a column that it lacks) is left
-- out: the gate `protection` tells it by name.
create or replace function lastgreen.protect(live oid, green oid, revoked jsonb) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  was pg_class;
  now pg_class;
  one record;
  what text;
begin
  perform lastgreen.own_alike(live, green);
  select * into strict was from pg_class where oid = live;
  select * into strict now from pg_class where oid = green;
  what := case now.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end;
  for one in
    select a.grantee, a.privilege_type, a.is_grantable from aclexplode(was.relacl) a
    where a.grantee <> was.relowner and not lastgreen.is_among(revoked, a.privilege_type, a.grantee)
    except
    select a.grantee, a.privilege_type, a.is_grantable from aclexplode(now.relacl) a
  loop
    execute format('grant %s on %s to %s %s', one.privilege_type, green::regclass,
      lastgreen.role_name(one.grantee),
      case when one.is_grantable then 'with grant option' else '' end);
  end loop;
  for one in
    select o.attname, a.grantee, a.privilege_type, a.is_grantable
    from pg_attribute o join pg_attribute n on n.attrelid = green and n.attname = o.attname and not n.attisdropped
    cross join lateral aclexplode(o.attacl) a
    where o.attrelid = live and o.attnum > 0 and not o.attisdropped
    except
    select n.attname, a.grantee, a.privilege_type, a.is_grantable
    from pg_attribute n cross join lateral aclexplode(n.attacl) a where n.attrelid = green
  loop
    execute format('grant %s (%I) on %s to %s %s', one.privilege_type, one.attname, green::regclass,
      lastgreen.role_name(one.grantee),
      case when one.is_grantable then 'with grant option' else '' end);
  end loop;
  if was.relrowsecurity and not now.relrowsecurity and now.relkind in ('r', 'p') then
    execute format('alter table %s enable row level security', green::regclass);
  end if;
  if was.relforcerowsecurity and not now.relforcerowsecurity and now.relkind in ('r', 'p') then
    execute format('alter table %s force row level security', green::regclass);
  end if;
  for one in
    select p.* from pg_policy p where p.polrelid = live
      and not exists (select from pg_policy n where n.polrelid = green and n.polname = p.polname)
  loop
    begin
      execute format('create policy %I on %s as %s for %s to %s %s %s', one.polname, green::regclass,
        case when one.polpermissive then 'permissive' else 'restrictive' end,
        case one.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ') from unnest(one.polroles) r),
        case when one.polqual is null then '' else format('using (%s)', pg_get_expr(one.polqual, live)) end,
        case when one.polwithcheck is null then '' else format('with check (%s)', pg_get_expr(one.polwithcheck, live)) end);
    exception when undefined_column or wrong_object_type then
      null;
    end;
  end loop;
  if now.relkind = 'v' and was.relkind = 'v' then
    for one in
      select o from unnest(was.reloptions) o where o ~ '^(security_barrier|security_invoker|check_option)='
        and not (o = any (coalesce(now.reloptions, '{}')))
    loop
      execute format('alter view %s set (%s)', green::regclass, one.o);
    end loop;
  end if;
  if obj_description(green, 'pg_class') is null and obj_description(live, 'pg_class') is not null then
    execute format('comment on %s %s is %L', what, green::regclass, obj_description(live, 'pg_class'));
  end if;
  for one in
    select n.attname, col_description(live, o.attnum) as said
    from pg_attribute o join pg_attribute n on n.attrelid = green and n.attname = o.attname and not n.attisdropped
    where o.attrelid = live and o.attnum > 0 and not o.attisdropped
      and col_description(live, o.attnum) is not null and col_description(green, n.attnum) is null
  loop
    execute format('comment on column %s.%I is %L', green::regclass, one.attname, one.said);
  end loop;
end $$;

-- The same for what rests and is to come back in live's place: it also loses what live does not grant any more, and
-- policies that live has otherwise or, where live hides rows, not at all. `restored`, what its own definition grants and a
-- commit took away since, it keeps where it has it: what somebody took from it by hand it does not have.
create or replace function lastgreen.protect_kept(live oid, kept oid, revoked jsonb, restored jsonb) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  own text[];
begin
  perform lastgreen.own_alike(live, kept);
  select array_agg(distinct format('grant %s on %s to %s', a.privilege_type, kept::regclass,
      lastgreen.role_name(a.grantee))) into own
    from pg_class c cross join lateral aclexplode(c.relacl) a
    where c.oid = kept and a.grantee <> c.relowner and lastgreen.is_among(restored, a.privilege_type, a.grantee);
  for one in
    select given.grantee from (
      (select null::name as attname, a.grantee, a.privilege_type, a.is_grantable
       from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = kept and a.grantee <> c.relowner
       except
       select null, a.grantee, a.privilege_type, a.is_grantable
       from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = live)
      union all
      (select o.attname, a.grantee, a.privilege_type, a.is_grantable
       from pg_attribute o join pg_attribute l on l.attrelid = live and l.attname = o.attname and not l.attisdropped
       cross join lateral aclexplode(o.attacl) a where o.attrelid = kept and o.attacl is not null
       except
       select l.attname, a.grantee, a.privilege_type, a.is_grantable
       from pg_attribute l cross join lateral aclexplode(l.attacl) a where l.attrelid = live and l.attacl is not null)
    ) given group by given.grantee
  loop
    -- All of it, with whom they passed it on to: what live grants is granted anew.
    execute format('revoke all on %s from %s cascade', kept::regclass,
      lastgreen.role_name(one.grantee));
  end loop;
  for at in 1 .. coalesce(cardinality(own), 0) loop
    execute own[at];
  end loop;
  for one in
    select k.polname from pg_policy k left join pg_policy l on l.polrelid = live and l.polname = k.polname
    where k.polrelid = kept and case when l.oid is null then (select c.relrowsecurity from pg_class c where c.oid = live)
      else (k.polcmd, k.polpermissive, k.polroles, pg_get_expr(k.polqual, kept), pg_get_expr(k.polwithcheck, kept))
        is distinct from (l.polcmd, l.polpermissive, l.polroles, pg_get_expr(l.polqual, live), pg_get_expr(l.polwithcheck, live)) end
  loop
    execute format('drop policy %I on %s', one.polname, kept::regclass);
  end loop;
  perform lastgreen.protect(live, kept, revoked);
end $$;

-- New tables of the idle schema get the rights by default that new tables of the live schema get, and no others.
create or replace function lastgreen.default_rights(live text, green text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  for one in
    with given as (
      select n.nspname, d.defaclrole, d.defaclobjtype, a.grantee, a.privilege_type, a.is_grantable
      from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace
      cross join lateral aclexplode(d.defaclacl) a
      where n.nspname in (live, green) and d.defaclobjtype in ('r', 'S', 'f') and pg_has_role(d.defaclrole, 'member')
    ), wanted as (
      select defaclrole, defaclobjtype, grantee, privilege_type, is_grantable from given where nspname = live
    ), has as (
      select defaclrole, defaclobjtype, grantee, privilege_type, is_grantable from given where nspname = green
    )
    select 1 as step, 'revoke' as what, 'from' as towards, gone.* from (select * from has except select * from wanted) gone
    union all
    select 2, 'grant', 'to', come.* from (select * from wanted except select * from has) come
    order by step
  loop
    execute format('alter default privileges for role %I in schema %I %s %s on %s %s %s %s',
      pg_get_userbyid(one.defaclrole), green, one.what, one.privilege_type,
      case one.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' else 'functions' end, one.towards,
      lastgreen.role_name(one.grantee),
      case when one.is_grantable and one.what = 'grant' then 'with grant option' else '' end);
  end loop;
end $$;
